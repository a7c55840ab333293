"""Stock: an append-only ledger per part and location, and its sums."""
