"""The daemon: owns the bench, the station's connection and the runs; served on a Unix socket.

`main` wires the parts, `service.RigService` owns them, `api` is HTTP and nothing else,
`engine` is the one place where bench, conformance and reports are named.
"""
