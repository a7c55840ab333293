"""A counter of commits: what tells a page or a station that there is something new."""
