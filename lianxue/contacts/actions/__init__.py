"""What is written of contacts: friends, cards, groups, frequent contacts."""
