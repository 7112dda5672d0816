"""The pure core: no I/O, no clock, no SQL and no words for people."""
