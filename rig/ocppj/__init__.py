"""OCPP-J 1.6: frames, schemas, a sans-I/O RPC endpoint for both roles, and its WebSocket link.

Messages are camelCase dictionaries, as they are on the wire, so that wrong ones can be seen
and sent too. Nothing here knows what a station or a Central System does with them.
"""
