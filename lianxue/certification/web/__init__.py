"""Pages of certification: parse the form, call the action, render."""
