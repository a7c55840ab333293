"""The words both sides share. No I/O happens here, and nothing of ours is imported."""
