"""Which CA may vouch for the lot server. Verification is never off, not for the first contact either.

A server with a CA of its own is pinned by the CA's fingerprint, which the person who pairs the station has
from the server's console. To be shown that CA no connection is trusted: TLS 1.2 sends certificates in the
clear, so they are read off the beginning of a handshake that goes no further, with nothing of ours sent.
"""

import contextlib
import hashlib
import re
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx

from lotline_agent.sync.errors import ServerAway, ServerRefuses

_TIMEOUT_S = 10.0
_HANDSHAKE, _CERTIFICATE = 22, 11
_MOST_BYTES = 256 * 1024


def trusting(ca: str | None) -> ssl.SSLContext:
    """Give a context that verifies the server and its name. ca: the only CA (PEM) that may vouch for it.

    Raises ServerRefuses where ca is no certificate.
    """
    if ca is None:
        return httpx.create_ssl_context(trust_env=False)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cadata=ca)
    except ssl.SSLError as error:
        raise ServerRefuses("the CA that was kept for the server is no certificate; pair again") from error
    return context


def offered_ca(url: str, fingerprint: str) -> str:
    """Give the CA (PEM) with this SHA-256 fingerprint that a server shows, having sent it only a hello.

    Raises ServerAway where nobody answers so, ServerRefuses where it shows another CA.
    """
    wanted = re.sub(r"[^0-9a-f]", "", fingerprint.lower())
    if len(wanted) != 64:
        raise ServerRefuses(
            "the fingerprint must have 64 hexadecimal digits; copy it whole from the pairing text"
        )
    parts = urlsplit(url)
    if parts.scheme != "https" or parts.hostname is None:
        raise ServerRefuses(f"{url} is no https address, and only such a server has a CA")
    try:
        shown = list(_certificates(parts.hostname, parts.port or 443))
    except (OSError, ValueError, IndexError) as error:
        raise ServerAway(f"{url} shows no certificate ({type(error).__name__})") from error
    for certificate in shown:
        if hashlib.sha256(certificate).hexdigest() == wanted:
            return ssl.DER_cert_to_PEM_cert(certificate)
    raise ServerRefuses(
        f"{url} shows another CA than the fingerprint names: it may be another server. Nothing was sent to it"
    )


def _certificates(host: str, port: int) -> Iterator[bytes]:
    """Read the certificates a server shows, off a handshake that is broken off there."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    speaking = context.wrap_bio(incoming, outgoing, server_hostname=host)
    with contextlib.suppress(ssl.SSLWantReadError):
        # It writes its hello, and would wait for the answer, which is read below.
        speaking.do_handshake()
    with socket.create_connection((host, port), timeout=_TIMEOUT_S) as line:
        line.sendall(outgoing.read())
        message = b""
        while True:
            kind, body = _record(line)
            if kind != _HANDSHAKE or len(message) > _MOST_BYTES:
                raise ValueError("this is no TLS handshake")
            message += body
            while len(message) >= 4 and len(message) >= 4 + int.from_bytes(message[1:4], "big"):
                size = int.from_bytes(message[1:4], "big")
                if message[0] == _CERTIFICATE:
                    yield from _listed(message[4 : 4 + size])
                    return
                message = message[4 + size :]


def _record(line: socket.socket) -> tuple[int, bytes]:
    head = _exactly(line, 5)
    return head[0], _exactly(line, int.from_bytes(head[3:5], "big"))


def _exactly(line: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        more = line.recv(size - len(found))
        if not more:
            raise ValueError("it hung up")
        found += more
    return found


def _listed(body: bytes) -> Iterator[bytes]:
    at, end = 3, 3 + int.from_bytes(body[:3], "big")
    while at < end:
        size = int.from_bytes(body[at : at + 3], "big")
        yield body[at + 3 : at + 3 + size]
        at += 3 + size
