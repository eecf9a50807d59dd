"""`/sources`: the ledger and the followed feeds."""
