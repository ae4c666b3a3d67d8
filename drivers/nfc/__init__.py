"""Writer for contactless test cards."""
