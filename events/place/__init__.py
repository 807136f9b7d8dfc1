"""Place: from a point with an error to a pipeline segment and the people who answer for it.

Never: a picture, a signature, an outbox.
"""
