"""The ways out: one small module per channel."""
