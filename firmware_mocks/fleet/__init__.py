"""Thousands of charging stations in one process, with drivers who come and go."""
