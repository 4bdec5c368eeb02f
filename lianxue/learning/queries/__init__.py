"""Reads of learning, always cut to who asks."""
