"""Tester plugs: what plays cable and EV towards the station."""
