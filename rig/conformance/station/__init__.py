"""Cases of appendix C with a charging station under test. One module per group of rows."""
