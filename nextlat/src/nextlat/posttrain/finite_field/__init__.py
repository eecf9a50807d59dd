"""The lab's study: selection and improvement of strategies in a finite field (arXiv 2606.13125), at desk scale.

Its models have a few hundred thousand parameters, for which TRL's loop spends most of its time outside the model; the
loops here are lean, and tests hold their losses against TRL's. Reading order: recipes, study, sft, grpo, assessment.
"""
