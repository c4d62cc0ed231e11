"""Requests that are only told of: what a policy says to an example, to a line of an access log, to an old entry.

Nothing here was received by a door. `asking` makes the question out of what is told, and the policy answers it with the
same `identify` and `decide` as on the wire; that is what makes the answers worth something.
"""
