"""What has no domain: tools that every app stands on."""
