"""Firmware of every device of the lab, on a pty or a TCP port, speaking the real wire protocol."""
