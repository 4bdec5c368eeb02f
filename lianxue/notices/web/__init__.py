"""Pages of notices, on the phone and on the console."""
