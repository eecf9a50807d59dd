"""Search: ranking by words and by meaning, their fusion, snippets and facets."""
