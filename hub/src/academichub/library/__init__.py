"""The store: identity, versions, raw records, merging, the ledger."""
