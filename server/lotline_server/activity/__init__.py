"""Who did what, when: append-only, from the first day."""
