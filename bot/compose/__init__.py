"""What the bot writes: posts as they leave, and its own mails."""
