"""The way of a part through production."""
