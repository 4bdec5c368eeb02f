"""Reads of work tasks, always cut to who asks."""
