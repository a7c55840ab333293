"""Finding a unit, a part or a lot by what somebody typed."""
