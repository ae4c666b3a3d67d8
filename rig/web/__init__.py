"""The operator's seat in a browser: `rig tui` behind textual-serve, with a gate in front."""
