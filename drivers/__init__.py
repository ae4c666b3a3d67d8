"""Drivers for the devices of a charging lab. Knows nothing of the rig that uses them."""
