"""Feeds that the hub serves; their callers decide which works are in them."""
