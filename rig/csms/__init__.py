"""The Central System that the tool plays towards a station under test."""
