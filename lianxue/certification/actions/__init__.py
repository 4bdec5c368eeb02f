"""The only place that writes certification: lock, check, transition, audit, tell."""
