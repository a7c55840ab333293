"""Names that nobody else can have made."""

import secrets
import time
import uuid


def uuid7() -> str:
    """Make a UUIDv7 (RFC 9562, 5.7): 48 bits of Unix milliseconds, then randomness. Sorts roughly by time."""
    stamp = time.time_ns() // 1_000_000
    value = (stamp & (1 << 48) - 1) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=value))


def new_epoch() -> str:
    """Make the name of one life of an agent, or of one generation of a server: 128 random bits, in hex."""
    return secrets.token_hex(16)
