"""What can go wrong with a lot server, as a tree: catch what you can do something about."""

from dataclasses import dataclass


class LotServerError(Exception):
    """Anything that keeps a lot server from doing what it was asked."""


class Away(LotServerError):
    """Nobody answered, however often it was asked. A change may or may not have been done.

    The same call again is safe where it is given the same `key`.
    """


@dataclass(eq=False)
class Refused(LotServerError):
    """The server said no. code: what for, as a program reads it. detail: its sentence."""

    status: int
    code: str
    detail: str

    def __str__(self) -> str:
        return self.detail


class WhoAreYou(Refused):
    """401: no token, or one the server does not know."""


class NotAllowed(Refused):
    """403: this token may not do this."""


class NotFound(Refused):
    """404: nothing has this name."""


class Conflict(Refused):
    """409: it exists already, or what is there does not allow it."""


class ChangedMeanwhile(Refused):
    """412: somebody else changed it since it was read: read it again."""


@dataclass(eq=False)
class ServerFault(Refused):
    """5xx, also after trying again. error_id: what the server's log calls it; None where it named none."""

    error_id: str | None = None


BY_STATUS: dict[int, type[Refused]] = {
    401: WhoAreYou,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    412: ChangedMeanwhile,
}
