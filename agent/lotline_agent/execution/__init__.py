"""From the scan to the verdict."""
