"""Prompts of the brief's writer as data: one file a language, one table a capability.

prompt_messages.py fills them in.
"""
