"""Organisations, branches, memberships and roles."""
