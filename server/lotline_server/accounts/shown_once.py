"""Secrets that are shown once: made here, kept as a digest."""

import hashlib
import secrets

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH = 16
"""16 characters out of 30 are 78 bits."""


def new_code() -> str:
    """Make a one-time code as people read it aloud: four groups of four."""
    code = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))
    return "-".join(code[start : start + 4] for start in range(0, _CODE_LENGTH, 4))


def code_digest(code: str) -> bytes:
    """Give what is kept of a code, however it was typed."""
    return digest("".join(code.upper().split()).replace("-", ""))


def new_secret() -> str:
    """Make 256 bits that fit into a cookie or a header."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """Give what is kept of a secret. It is random already: no salt, no slow hash."""
    return hashlib.sha256(secret.encode()).digest()
