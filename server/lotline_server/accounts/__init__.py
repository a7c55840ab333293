"""Accounts: who may come in, what each role may do, and which route asks for what."""
