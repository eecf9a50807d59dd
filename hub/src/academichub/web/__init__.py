"""The hub's pages and JSON API: server-rendered HTML, whole without JavaScript. Knows every service, owned by none."""
