"""What each event type means for a case, one file for each part of it; `core.fold` collects them."""
