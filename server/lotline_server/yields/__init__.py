"""Yields as the glossary defines them."""
