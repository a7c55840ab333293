"""What the server refuses, as a tree: each knows its HTTP status and a code that a program can read."""

from collections.abc import Mapping


class Refused(Exception):
    """A request that cannot be granted. The message is written for the person or program that asked."""

    status = 400
    code = "refused"
    retry_after_s: int | None = None
    more: Mapping[str, object] = {}
    """What else the answer says, beside the message."""


class Invalid(Refused):
    """A request whose content breaks a rule; the message names the rule and what was found."""

    status = 422
    code = "invalid"


class NotFound(Refused):
    """The thing that was named does not exist."""

    status = 404
    code = "not_found"


class Conflict(Refused):
    """It exists already, or the request fits more than one thing."""

    status = 409
    code = "conflict"


class Unauthorised(Refused):
    """No token, or one that the server does not know."""

    status = 401
    code = "unauthorised"


class Forbidden(Refused):
    """The request comes from where it must not come from."""

    status = 403
    code = "forbidden"


class KeyReused(Invalid):
    """An Idempotency-Key that stands for another request."""

    code = "key_reused"


class ChangedMeanwhile(Refused):
    """What is to be changed is no more what the caller has read."""

    status = 412
    code = "changed_meanwhile"


class TooLarge(Refused):
    """A body over its limit."""

    status = 413
    code = "too_large"


class UpgradeNeeded(Refused):
    """The two sides have no protocol in common."""

    status = 426
    code = "upgrade_needed"


class WhichVersion(Refused):
    """The request replaces something, and does not say what it has read of it."""

    status = 428
    code = "which_version"


class TooMany(Refused):
    """Too many attempts; try again after a while."""

    status = 429
    code = "too_many"
    retry_after_s = 60


class DiskFull(Refused):
    """The disk floor is reached: nothing was acknowledged, everything may be sent again."""

    status = 507
    code = "disk_full"
    retry_after_s = 60


class StartRefused(Exception):
    """The server cannot start here; the message says why and what to do."""
