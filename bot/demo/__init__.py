"""A provider on loopback and a story played on it."""
