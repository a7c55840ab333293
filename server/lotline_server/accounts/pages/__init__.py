"""The pages of accounts: coming in, one's own account, and everybody's."""
