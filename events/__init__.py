"""Events: what pixels mean, and how that fact reaches the centre unaltered.

In this room: rules, place, the event record, sealing, outbox, uplink.
Never: a pixel, a camera, a page.
"""
