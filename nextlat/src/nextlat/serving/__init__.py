"""An OpenAI-compatible server for NextLat models and any causal language model, with drafts that change no text.

Reading order: settings.py, generation/ (request, sequence, engine), chat/ (the same two files as every endpoint),
application.py, server.py. It is above decoding and below the commands; nothing below imports it.
"""
