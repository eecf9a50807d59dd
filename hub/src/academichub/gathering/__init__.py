"""Gathering: requests to every enabled source, with each failure isolated and in the ledger."""
