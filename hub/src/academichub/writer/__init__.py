"""The language model as a writer: it rewrites the sentences of a brief, and the checks decide what stays."""
