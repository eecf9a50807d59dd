"""From a prompt's token ids to text: requests, sequences, and the thread that decodes them.

Reading order: request.py, sequence.py, scheduler.py; then vocabulary.py, text_stream.py, rules.py,
grammar.py, prefill.py. It knows nothing of HTTP and JSON responses.
"""
