"""Writes of points: crediting, reversing, rules."""
