"""The registration steps."""
