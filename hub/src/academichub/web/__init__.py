"""The hub's pages and JSON API: server-rendered HTML that works in full without JavaScript."""
