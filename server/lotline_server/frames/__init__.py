"""Vectors' frames, kept as they came."""
