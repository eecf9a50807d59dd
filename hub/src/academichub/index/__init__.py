"""The full-text index: tokens, query syntax, and the one module that knows SQLite's FTS5."""
