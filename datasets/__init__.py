"""Datasets: what the detector learns from, and simulated cameras whose truth is known.

In this room: pictures with labels. Never: a camera, a rule, a network, torch.
"""
