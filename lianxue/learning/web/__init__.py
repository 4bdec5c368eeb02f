"""Pages of learning, on the phone and on the console."""
