"""Search: one tokeniser, the field syntax, the lexical index, fusion of rankings, snippets and facets."""
