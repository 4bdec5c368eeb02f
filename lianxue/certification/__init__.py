"""How organisations certify one another."""
