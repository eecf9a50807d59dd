"""`/login` and `/logout`: sessions of accounts."""
