"""Doors to services outside the house; each is called outside a transaction."""
