"""Asking other machines over HTTP: one polite, guarded, bounded client. Knows no source and no work."""
