"""What is asked, answering, reviewing. Importing any of it makes tasks known to notices."""

from . import tasks

__all__ = ["tasks"]
