"""Lianxue (联学), a platform for learning organisations."""
