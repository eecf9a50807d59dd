"""Models users meet: a trunk bound to an objective, its files, and heads fitted to a trunk."""
