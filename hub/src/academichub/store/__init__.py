"""The database: connections, schema, migrations and backup. Every folder above may use it."""
