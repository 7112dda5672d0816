"""Effects: what a move writes beside itself. Each is one marked pure function that yields events."""
