"""Cited briefs: evidence, themes, extracts, bridges, and the checker every sentence must pass.

Reading order: checks.py (the checker, pure), then brief.py (how a brief is made), render.py (how it is shown).
"""
