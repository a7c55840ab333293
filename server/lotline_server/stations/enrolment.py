"""Enrolment: a one-time pairing code is traded for a token, of which the server keeps only the digest."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from lotline_contract.identity import check_name
from lotline_server.activity.service import note
from lotline_server.changes import queries as changes
from lotline_server.core.errors import Invalid, Unauthorised
from lotline_server.stations import queries

CODE_LIFE = timedelta(minutes=10)
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH = 16
"""16 characters out of 30 are 78 bits."""


def new_code(connection: Connection, name: str, *, at: datetime, who: str) -> str:
    """Make a station, or find it, and give its pairing code, good once and for ten minutes.

    An older unused code of that station is void from now on. A station that is paired already keeps its
    token until the new code is used. Raises Invalid for a name that is not plain.
    """
    try:
        check_name(name, "station")
    except ValueError as error:
        raise Invalid(str(error)) from error
    if name.casefold() == queries.MANUAL:
        raise Invalid(f"{name} is the name of what people attach by hand: call the station something else")
    station = queries.station_key(connection, name)
    if station is None:
        queries.insert_station(connection, station_id=secrets.token_hex(8), name=name, at=at)
        station = queries.station_key(connection, name)
        note(connection, at=at, who=who, what="station.added", subject=name, text=f"Station {name} was added")
    assert station is not None  # noqa: S101 - it was inserted in this very transaction
    queries.drop_codes(connection, station)
    code = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))
    queries.insert_code(
        connection, code_digest=_code_digest(code), station=station, expires_at=at + CODE_LIFE
    )
    changes.bump(connection, facts=False)
    return "-".join(code[start : start + 4] for start in range(0, _CODE_LENGTH, 4))


def _code_digest(code: str) -> bytes:
    return hashlib.sha256("".join(code.upper().split()).replace("-", "").encode()).digest()


def pair(connection: Connection, code: str, *, at: datetime, agent_version: str) -> tuple[str, str, str]:
    """Trade a code for (station_id, station name, token). The token is nowhere else.

    Raises Unauthorised for a code that was never given out, was used, or is older than ten minutes: one
    answer for all three, so that nobody learns which.
    """
    digest = _code_digest(code)
    found = queries.find_code(connection, digest)
    if found is None or found.used_at is not None or found.expires_at < at:
        raise Unauthorised(
            "this pairing code is not valid: it works once and for ten minutes; "
            "make a new one with `lotline-server station add NAME`"
        )
    queries.use_code(connection, digest, at)
    key, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    queries.set_token(connection, found.station, key=key, digest=_secret_digest(secret), at=at)
    again = "" if found.token_key is None else " again; its older token is void"
    note(
        connection,
        at=at,
        who=f"station {found.name}",
        what="station.paired",
        subject=found.name,
        text=f"Station {found.name} was paired{again}",
    )
    queries.set_seen(connection, found.station, agent_version=agent_version[:64])
    changes.bump(connection, facts=False)
    return found.station_id, found.name, f"{key}.{secret}"


def _secret_digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def station_of_token(connection: Connection, token: str) -> queries.TokenRow:
    """Find the station a token belongs to. Raises Unauthorised; the comparison takes constant time."""
    key, _, secret = token.partition(".")
    found = queries.find_token(connection, key)
    wanted = found.token_digest if found is not None else bytes(32)
    if not hmac.compare_digest(wanted, _secret_digest(secret)) or found is None:
        raise Unauthorised("the server does not know this token; pair the station again")
    return found
