"""The command line: one grammar page, one small file of commands per subject."""
