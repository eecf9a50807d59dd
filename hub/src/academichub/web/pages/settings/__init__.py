"""`/settings`: what the reader can choose."""
