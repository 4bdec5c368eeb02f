"""Pages of work tasks, on the phone and on the console."""
