"""Who may read, keep and publish content, and who learns what."""
