"""What waits for a person or a role, and short system messages."""
