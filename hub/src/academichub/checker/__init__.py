"""The checker: does a sentence say what the works it cites say? A pure library.

Reading order: check.py, then passage.py, number_check.py, entity_check.py, polarity_check.py and
support_score.py.
"""
