"""Mains of the station under test."""
