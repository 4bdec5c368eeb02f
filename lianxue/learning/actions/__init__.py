"""Writes of learning. Importing any of it makes learning tasks known to notices."""

from . import tasks

__all__ = ["tasks"]
