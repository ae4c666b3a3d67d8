"""The operator's seat at the terminal: a thin client of the daemon, which holds all state.

`follower` keeps a `mirror` of what the daemon says up to date; the screens draw it. What an
operator can do is one table, `actions`. `rig.tui` is imported by `rig tui` alone.
"""
