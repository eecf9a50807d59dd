"""The local language-model engine as a child process of `academichub run`: made, started, watched, restarted, stopped.

Reading order: state.py (what everybody may know of it), supervisor.py (what happens when), process.py (a child and its
log), guard.py (what dies with whom). The engine is any command that serves the OpenAI protocol on a port; nothing here
knows what it is made of, and no page ever waits for it.
"""
