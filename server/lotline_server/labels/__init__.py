"""Labels: a serial number as a code that scanners read and letters that people read, as PDF. Pure."""
