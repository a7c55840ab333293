"""Units and their status, which is derived from their runs."""
