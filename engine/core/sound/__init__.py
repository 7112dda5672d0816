"""Whether a workflow that can be read can also be lived in: findings with stable codes, each rule on its own."""
