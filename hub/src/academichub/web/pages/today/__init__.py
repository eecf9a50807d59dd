"""`/`: the works of a day."""
