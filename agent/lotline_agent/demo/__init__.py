"""The whole line on one machine: a lot server, a simulated bench and a station, each a process of its own."""
