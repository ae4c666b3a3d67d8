"""Conformance: what applies, what a case does, what it means, and the campaign of many."""
