"""Pages of points, on the phone and on the console."""
