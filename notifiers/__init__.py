"""The ways out: each module holds one small class with `schemes` and `send`, found by the collector."""
