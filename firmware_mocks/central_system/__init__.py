"""A small Central System, and how it can be wrong."""
