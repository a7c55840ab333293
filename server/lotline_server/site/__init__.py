"""Where and when the factory works: its time zone, when its day begins, its shifts."""
