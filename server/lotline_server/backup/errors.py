"""What can go wrong with a backup, by what the person must do about it."""


class BackupError(Exception):
    """Any trouble with a backup; the message says what was expected, what was found and what to do."""


class BackupRefused(BackupError):
    """Nothing was written: the target is in use, or the server's own data is incomplete."""


class BackupDamaged(BackupError):
    """The file is not one whole backup; nothing was restored from it."""
