"""What a station needs to know to test without the server."""
