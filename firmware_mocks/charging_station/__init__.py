"""Charging-station emulator, OCPP 1.6-J: a station with cable, contactor, meter, lock and disk."""
