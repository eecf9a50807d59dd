"""Gathering: every enabled source is asked once, each failure isolated, everything accounted for in the ledger."""
