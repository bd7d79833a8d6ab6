"""Benchmarks of learning together: how good the model is, and what it costs."""
