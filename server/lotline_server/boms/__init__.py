"""Bills of material: what one unit of a part is made of."""
