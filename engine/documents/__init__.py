"""Files that people already have: read into values, and later written for them."""
