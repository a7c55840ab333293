"""Everything that is known of one unit, one run, one vector."""
