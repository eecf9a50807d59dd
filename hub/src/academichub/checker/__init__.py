"""The checker: whether the works that a sentence cites say what it says. Pure, no IO.

Reading order: check.py, then passage.py, number_check.py, entity_check.py, polarity_check.py and
support_score.py.
"""
