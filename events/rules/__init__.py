"""Rules: what happens over time on the ground becomes an incident.

In this room: one pure state machine per rule family, and the sentences that explain it.
Never: a clock, a file, a frame, a database, a thread, chance, a class name of some model.
"""
