"""The language model as a writer: it rewrites a brief's sentences; the checks decide what stays."""
