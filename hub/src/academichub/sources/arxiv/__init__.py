"""arXiv: announcement feeds, OAI-PMH and the query API."""
