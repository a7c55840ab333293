"""Definite length arbitrary blocks: `#<n><length in n digits><bytes>` (IEEE 488.2-1992, 8.7.9)."""

from __future__ import annotations


class BlockError(ValueError):
    """These bytes do not start a definite length block."""


def block_bounds(received: bytes | bytearray, max_bytes: int) -> tuple[int, int] | None:
    """Start and end of the block's payload within `received`, once its header is there; None while it is not.

    The end may lie beyond what was received so far. Raises BlockError at the first byte that cannot be part
    of a header, for the indefinite form `#0`, and for a block that announces more than `max_bytes`.
    """
    if not received:
        return None
    if received[0:1] != b"#":
        raise BlockError(f"a block starts with '#', this starts with {bytes(received[:1])!r}")
    if len(received) < 2:
        return None
    digits_in_length = received[1] - ord("0")
    if not 1 <= digits_in_length <= 9:
        raise BlockError(
            f"after '#' comes the number of length digits, 1 to 9, here {bytes(received[1:2])!r}"
        )
    start = 2 + digits_in_length
    digits = bytes(received[2:start])
    if digits and not (digits.isdigit() and digits.isascii()):
        raise BlockError(f"the block's length is written in digits, here {digits!r}")
    if len(digits) < digits_in_length:
        return None
    length = int(digits)
    if length > max_bytes:
        raise BlockError(f"the block announces {length} bytes, at most {max_bytes} are accepted")
    return start, start + length


def encode_block(payload: bytes) -> bytes:
    """The payload with its header, the shortest there is."""
    length = str(len(payload)).encode()
    if len(length) > 9:
        raise BlockError(f"a block holds at most 999999999 bytes, this has {len(payload)}")
    return b"#" + str(len(length)).encode() + length + payload
