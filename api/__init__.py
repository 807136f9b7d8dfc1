"""Store: the central evidence store, its pages and its people.

Never: a picture decoded for detection, a rule.
"""
