"""What every domain stands on: the database, its columns, the rim of HTTP, the clock and the errors."""
