"""The e-mail commands: their grammar, their registry, and who may give them."""
