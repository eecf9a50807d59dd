"""An OpenAI-compatible server for NextLat models and any causal language model.

Drafts make it faster and change no text. Reading order: settings.py; generation/ (request,
sequence, scheduler), which knows nothing of HTTP; chat/, whose request, response and endpoint every
other route repeats; openapi.py, application.py and server.py. The package stands above decoding
and below the commands.
"""
