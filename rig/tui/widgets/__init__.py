"""Widgets that draw frozen data."""
