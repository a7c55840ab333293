"""Where the server listens, by which names it is called, and with which certificate it speaks."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lotline_server.core.certificates import OwnCa
from lotline_server.core.errors import StartRefused
from lotline_server.core.guards import LOOPBACK_NAMES

_DNS_NAME = re.compile(
    r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """How the server is reached. address: what it binds. names: what it is called by, the first one is shown.

    certificate, key: of its TLS; None on loopback, where it speaks plainly. own_ca: theirs is its own CA
    """

    address: str
    names: tuple[str, ...]
    certificate: Path | None = None
    key: Path | None = None
    own_ca: bool = False

    @property
    def tls(self) -> bool:
        """Tell whether it speaks TLS."""
        return self.certificate is not None

    def url(self, port: int) -> str:
        """Give its address as people type it."""
        name = f"[{self.names[0]}]" if ":" in self.names[0] else self.names[0]
        return f"{'https' if self.tls else 'http'}://{name}:{port}/"


def listening_at(
    host: str,
    *,
    names: Sequence[str] = (),
    folder: Path,
    at: datetime,
    certificate: Path | None = None,
    key: Path | None = None,
) -> Listening:
    """Decide how to listen at an address: off loopback with TLS only, by given files or its own CA.

    names: by which else it is called; needed where host is every address (0.0.0.0, ::). Raises StartRefused.
    """
    address = _address(host)
    called = tuple(dict.fromkeys(_name(each) for each in names))
    if (certificate is None) is not (key is None):
        raise StartRefused(
            "--tls-cert and --tls-key go together: name both, or neither for the server's own CA"
        )
    for file in (certificate, key):
        if file is not None and not file.is_file():
            raise StartRefused(f"there is no file {file}")
    ip = ipaddress.ip_address(address)
    if ip.is_loopback and certificate is None:
        if called:
            raise StartRefused(
                "--name is for a server that others can reach: name its address with --host, too"
            )
        return Listening(address=address, names=(address, *sorted(LOOPBACK_NAMES - {address})))
    if ip.is_unspecified and not called:
        raise StartRefused(
            f"--host {host} is every address of this machine: say by which name or address others call it, "
            "for example --name lots.example"
        )
    known = tuple(
        dict.fromkeys((*called, *(() if ip.is_unspecified else (address,)), *sorted(LOOPBACK_NAMES)))
    )
    if certificate is not None:
        return Listening(address=address, names=known, certificate=certificate, key=key)
    ca = OwnCa(folder)
    ca.prepare(known, at)
    return Listening(address=address, names=known, certificate=ca.certificate, key=ca.key, own_ca=True)


def _address(host: str) -> str:
    name = "127.0.0.1" if host == "localhost" else host
    try:
        return str(ipaddress.ip_address(name))
    except ValueError as error:
        raise StartRefused(
            f"--host {host} is no address: use 127.0.0.1 for this machine only, or one of this machine's "
            "addresses, and --name for the name that others call it by"
        ) from error


def _name(name: str) -> str:
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        pass
    if not _DNS_NAME.fullmatch(name.lower()):
        raise StartRefused(f"--name {name} is neither an address nor a name such as lots.example")
    return name.lower()
