"""When what may leave: batches, limits, and the meaning of SMTP replies."""
