"""The pages of `organizations`, by subject."""
