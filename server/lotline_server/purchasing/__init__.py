"""Suppliers, purchase orders, and what arrives of them."""
