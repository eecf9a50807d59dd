"""`/feeds/`: the radar as feeds."""
