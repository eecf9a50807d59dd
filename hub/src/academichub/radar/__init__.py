"""The personal radar: signals, ranking, explanations, batches, and the evaluation of the ranking.

Reading order: signals.py (what a reader says), text_model.py and ranking.py (pure ranking),
rules.py and queries.py (followed people, categories, queries), explain.py, today.py (the day's
cards), evaluation.py (evaluation on outside data).
"""
