"""The verbs of a service desk.

Each takes the database session first and ``now`` as an argument, never commits and never speaks:
the door (an action, a web route, the command line) owns the transaction and may re-run it.
"""
