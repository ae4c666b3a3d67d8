"""Firmware of Modbus relay boards."""
