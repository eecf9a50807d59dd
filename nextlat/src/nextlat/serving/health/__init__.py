"""`GET /health`, `/version` and `/metrics`."""
