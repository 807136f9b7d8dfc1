"""Datasets: what the detector learns from, and simulated cameras with exact truth."""
