"""Writes of learning."""
