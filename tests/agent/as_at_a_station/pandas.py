"""A station has no pandas, and what imports it there when it can takes a third of a process's start."""

raise ImportError("there is no pandas at a station")
