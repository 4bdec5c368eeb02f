"""The JSON API of points."""
