"""The only client of a language model.

It offers chat and embeddings of any OpenAI-compatible endpoint, within a budget.

Reading order: model.py (what callers use), wire.py (one endpoint over HTTP), budget.py (tokens a
day), answers.py (the cache), shapes.py (structured answers), capability.py (how much a model can be
asked).
"""
