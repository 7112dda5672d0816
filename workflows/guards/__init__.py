"""Guards: rules on moves. Each is one marked pure function that yields what is missing."""
