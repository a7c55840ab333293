"""Stations: enrolment, tokens, and what they say of themselves."""
