"""The records' way to the lot server, and the server's facts' way back."""
