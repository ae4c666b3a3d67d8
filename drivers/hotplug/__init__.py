"""What is plugged in: serial ports and readers by what they are, not by the order of plugging.

`ports` and `suggestions` are pure; `udev` is the only module that knows pyudev.
"""
