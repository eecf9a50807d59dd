"""Journal feeds: RSS, Atom and JSON Feed as they are published in practice."""
