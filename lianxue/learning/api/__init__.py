"""The JSON API of learning."""
