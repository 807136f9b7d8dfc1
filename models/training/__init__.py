"""Training: train, export, evaluate. The only place that may import torch and ultralytics."""
