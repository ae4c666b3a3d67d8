"""The circuit of an EVSE tester plug."""
