"""The lab's study: selection and improvement of strategies in a finite field (arXiv 2606.13125).

Its GRPO loop draws problems by step, reads tokens and resumes bit for bit; a test holds its loss
against TRL's, and it is about as fast at this size (decision 9). Reading order: recipes, arms,
study, grpo, assessment.
"""
