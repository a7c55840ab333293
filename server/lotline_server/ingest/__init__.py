"""Ingest: records come in, each is answered, none is lost."""
