"""The local language-model engine as a child process of `academichub run`.

Reading order: state.py (the state other processes may read), supervisor.py (start, watch, restart),
process.py (a child and its log), process_guard.py (what ends together). The engine is any command
that serves the OpenAI protocol on a port; nothing here knows what it is made of, and no page ever
waits for it.
"""
