"""Latent dynamics for a model that was trained without them: the trunk stays as it is, the dynamics alone are fitted.

Reading order: config.py, prompts.py (what the model is asked), sampling.py (what it answers, kept
with its latents), samples.py (rows on disk), fit.py (the dynamics), assess.py (acceptance), run.py
(all of it, resumable).
"""
