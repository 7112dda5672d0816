"""What an organisation does, as data, with the small vocabulary its files may name."""
