"""EV charging test rig: the daemon, its clients, the OCPP core and the conformance cases."""
