"""Projects: what parts, lots and purchase orders are for."""
