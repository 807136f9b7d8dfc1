"""Benchmarks: each prints one table beside a peer measured in the same run."""
