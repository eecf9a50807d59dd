"""Latent dynamics for a model trained without them: the trunk stays as it is, they are fitted.

Reading order: config.py, prompts.py, sampling.py (the model's answers with its latents), samples.py
(rows on disk), fit.py (the dynamics), assess.py (acceptance), card.py (what is reported), run.py
(all of it, resumable).
"""
