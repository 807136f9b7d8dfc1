"""The uplink's process: empties the outbox, and tells the store every few seconds how the box is."""
