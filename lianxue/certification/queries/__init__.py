"""Reads of certification: links, applications, the chain."""
