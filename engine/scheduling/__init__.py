"""The alarm clock: what wakes the ticks (law 10)."""
