"""The station's token: traded once for a pairing code, kept in a file only its owner may read."""

import os
from pathlib import Path

import msgspec

from lotline_agent.store.files import sync_folder
from lotline_agent.sync.client import ServerClient
from lotline_agent.sync.trust import offered_ca
from lotline_agent.version import AGENT_VERSION

TOKEN_FILE = "server-token.json"  # noqa: S105 - a file's name


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """Who this station is to its server. ca: the private CA (PEM) that it was paired under; None is none."""

    server: str
    station_id: str
    station: str
    token: str
    ca: str | None = None


class PairingRefused(Exception):
    """The code was for somebody else; the message says for whom."""


def read_credentials(folder: Path) -> Credentials | None:
    """Give the station's credentials; None where it was never paired, or its file is damaged: pair again."""
    try:
        return msgspec.json.decode((folder / TOKEN_FILE).read_bytes(), type=Credentials)
    except (FileNotFoundError, msgspec.MsgspecError, UnicodeDecodeError):
        return None


def pair(
    folder: Path, url: str, station: str, code: str, *, fingerprint: str | None = None, ca: str | None = None
) -> Credentials:
    """Trade a pairing code for a token and keep it durably. Raises SyncError or PairingRefused.

    fingerprint: the SHA-256 of the server's own CA; before anything is sent the server must show that very
    CA, and from then on only it may vouch for the server. ca: such a CA (PEM) from a file instead
    """
    if fingerprint is not None:
        ca = offered_ca(url, fingerprint)
    client = ServerClient(url, ca=ca)
    try:
        answer = client.pair(code.strip(), AGENT_VERSION)
    finally:
        client.close()
    if answer.station != station:
        raise PairingRefused(
            f"This code is for station {answer.station}, and this configuration is station {station}. "
            f"Make a code with: lotline-server station add {station}"
        )
    credentials = Credentials(
        server=url, station_id=answer.station_id, station=answer.station, token=answer.token, ca=ca
    )
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f"{TOKEN_FILE}.tmp"
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(credentials))
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, folder / TOKEN_FILE)
    sync_folder(folder)
    return credentials
