"""One file that holds a whole server, and a server made of it again."""
