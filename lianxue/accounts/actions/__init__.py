"""The writes of `accounts`, by subject."""
