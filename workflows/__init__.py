"""What an organisation does, as data; guards and effects are the small vocabulary that the data may name."""
