"""What the bench can take from the station under test: its mains, its network."""
