"""Seal: canonical bytes, signature, hash chain.

Never: a rule, a database, a network.
"""
