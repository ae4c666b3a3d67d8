"""The daemon's client: standard library only, so that a front end starts at once.

`launcher` finds or starts a daemon, `api.RigClient` talks to it, `stream.EventStream` follows
its events, `results` holds what comes back.
"""
