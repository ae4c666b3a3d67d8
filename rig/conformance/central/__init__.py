"""Cases of appendix C with a Central System (CSMS) under test."""
