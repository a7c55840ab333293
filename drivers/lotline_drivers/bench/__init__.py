"""A simulated bench: instruments on TCP and ptys, and a unit under test they all see the same way."""
