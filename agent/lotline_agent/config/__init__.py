"""Stations and plans as people write them: TOML, checked whole before anything is opened."""
