"""Staged scenes: real pictures put together from drawn parts, with exact truth.

In this room: places, parts that move, weather, a stand-in for the detector, and what each family is
asked. `benchmarks.staged` runs it. Nothing here is photographed, and nothing learns.
"""
