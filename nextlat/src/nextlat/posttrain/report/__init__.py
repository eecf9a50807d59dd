"""The report of a post-training study: tables, figures and a page, from its result files."""
