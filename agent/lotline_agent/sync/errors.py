"""What can go wrong between a station and its server, by what is to be done about it."""


class SyncError(Exception):
    """The server could not be reached, or did not take what was sent."""


class ServerAway(SyncError):
    """Try again later. retry_after_s: what the server asked for; None where it asked for nothing."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ServerChanged(SyncError):
    """Another server answers than the one that was greeted, or this one from a backup: greet it anew."""


class ServerRefuses(SyncError):
    """The server does not accept this station: its token is unknown, revoked, or the agent too old."""


class RequestRejected(SyncError):
    """The server says that this request is wrong; the same again would be wrong again."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status
