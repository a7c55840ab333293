"""Parts: their serial-number format and counter."""
