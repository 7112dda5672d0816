"""The demonstration: an invented school goes through half a year, by the same verbs that everybody uses."""
