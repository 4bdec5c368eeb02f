"""Writing notices: drafts, sending, passing on, receipts, recall."""
