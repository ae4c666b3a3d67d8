"""Cards in front of the station's reader."""
