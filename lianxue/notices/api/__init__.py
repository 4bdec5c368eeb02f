"""The JSON API of notices."""
