"""SQLite: schema, migrations and one repository class per table family."""
