"""`/work/<key>`: one work."""
