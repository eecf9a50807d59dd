"""Cited briefs: evidence, themes, extracts and bridges; every sentence must pass the checker.

Reading order: brief.py (how a brief is composed), render.py (how it is shown), brief_store.py (how
it is stored). The checker is a package of its own, `academichub.checker`.
"""
