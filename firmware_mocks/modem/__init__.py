"""Simulated LTE dongle: one radio and SIM, behind an AT port or a web interface."""
