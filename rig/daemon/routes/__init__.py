"""What the API can be asked, by subject. No logic of the rig: a route asks a desk."""
