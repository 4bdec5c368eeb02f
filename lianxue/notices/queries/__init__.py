"""Reads of notices, always cut to who asks."""
