"""Models users meet: a trunk bound to an objective, its files on disk, and heads fitted to a trunk."""
