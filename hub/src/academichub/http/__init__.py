"""Asking other machines over HTTP: one polite, guarded, bounded client.

It knows neither sources nor works.
"""
