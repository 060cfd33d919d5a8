"""Days and times as people write them, and when a post is to leave."""
