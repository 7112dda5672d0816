"""The command line: a grammar by subject, and one small file of commands per subject."""
