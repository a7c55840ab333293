"""Runs and their measurements: the verbatim records and their projection."""
