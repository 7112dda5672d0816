"""The verbs: each takes an open unit of work and a principal, and leaves the commit to the edge (law 2)."""
