"""Passwords: long enough, not one that everybody tries, and kept only as argon2id."""

import re
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from lotline_server.accounts.common import is_common
from lotline_server.core.errors import Invalid

MIN_LENGTH = 12
MAX_LENGTH = 256
"""argon2 takes any length; nobody else's patience does."""

_hasher = PasswordHasher(time_cost=3, memory_cost=19 * 1024, parallelism=1)
_NOBODYS = _hasher.hash("nobody's password")
"""What is verified for a name that nobody has, so that it takes the same time."""


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def check_password(password: str, *, name: str) -> str:
    """Give back a password that may be used. Raises Invalid, saying how to find a better one.

    There are no rules of composition: length and not being common are what makes it hard to guess.
    """
    normal = _normal(password)
    if len(normal) < MIN_LENGTH:
        raise Invalid(
            f"a password has at least {MIN_LENGTH} characters; this one has {len(normal)}. "
            "A few words that mean something only to you are easy to keep"
        )
    if len(normal) > MAX_LENGTH:
        raise Invalid(f"a password has at most {MAX_LENGTH} characters; this one has {len(normal)}")
    if is_common(normal) or _is_own_name(normal, name):
        raise Invalid("this password is one of the first that anybody would try; choose another")
    return password


def _is_own_name(password: str, name: str) -> bool:
    bare = re.sub(r"[\W\d_]", "", password.casefold())
    own = [part for part in re.split(r"[\W\d_]+", name.casefold()) if len(part) > 2]
    for part in own:
        bare = bare.replace(part, "")
    return bool(own) and len(bare) <= 2


def hash_password(password: str) -> str:
    """Give what is kept of a password: argon2id, with its own salt. Takes some 40 ms and 19 MB."""
    return _hasher.hash(_normal(password))


def matches(kept: str | None, password: str) -> bool:
    """Tell whether a password is the one that was kept. kept: None takes as long, and is False."""
    try:
        _hasher.verify(kept or _NOBODYS, _normal(password)[: MAX_LENGTH * 2])
    except VerificationError:
        return False
    return kept is not None
