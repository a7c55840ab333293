"""A made-up factory, written in bulk into an empty data folder: to try the pages on, and to measure them."""
