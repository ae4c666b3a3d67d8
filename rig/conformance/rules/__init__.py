"""Rules over a log: what every message obeys, whatever the case. Pure.

One module for each subject. `registry` knows all rules, `log` is what they look at, `history`
what a log says about the state of a station. Ids are those of the conformance reference.
"""
