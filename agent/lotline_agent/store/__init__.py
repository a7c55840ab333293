"""The station's memory: SQLite is the truth, HDF5 is the archive a person opens.

A run is durable when, and only when, `RunJournal.close` (or `rewrite`) has returned.
"""
