"""From a prompt's token ids to text: what a request asks, one sequence's decoding, and the thread that shares turns.

Reading order: request.py, sequence.py, engine.py; then vocabulary.py, text.py, rules.py, grammar.py, prefill.py. It
knows no HTTP and no JSON.
"""
