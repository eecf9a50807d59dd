"""`/brief` and `/brief/<id>`: cited briefs."""
