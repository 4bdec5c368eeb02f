"""The API of contacts, a router per part."""
