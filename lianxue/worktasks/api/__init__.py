"""The JSON API of work tasks."""
