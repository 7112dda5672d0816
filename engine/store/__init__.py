"""The only place that knows SQLModel: tables, units of work, reads and writes."""
