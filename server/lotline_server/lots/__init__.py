"""Lots, their serial numbers, and their progress, which is derived from their units."""
