"""Writing work tasks: the form, answers, reviews."""
