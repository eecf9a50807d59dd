"""Writers of exports and feeds; their callers decide which works are written."""
