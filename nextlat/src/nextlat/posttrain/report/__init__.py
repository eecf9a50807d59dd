"""The report of a post-training study: tables, figures and one page, from its result files alone."""
