"""(key, facts) → sentences for people; the words themselves stand in `zh/`, never in Python (law 14)."""
