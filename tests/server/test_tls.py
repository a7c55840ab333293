"""Off loopback: TLS only, by the server's own CA or given files, and stations that pin it."""

import datetime as dt
import ssl
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from cryptography import x509
from tests.server.conftest import SetClock
from tests.server.signing import session_cookie

from lotline_agent.sync.client import ServerAway, ServerClient, ServerRefuses
from lotline_agent.sync.pairing import pair, read_credentials
from lotline_agent.sync.trust import offered_ca
from lotline_server.app import build_app, open_data
from lotline_server.core.certificates import OwnCa
from lotline_server.core.errors import StartRefused
from lotline_server.listening import listening_at
from lotline_server.opening import Opened
from lotline_server.stations import enrolment

AT = dt.datetime.now(dt.UTC)


class Secure:
    """A server that speaks TLS on loopback, as it would elsewhere. heard: the paths that were asked for."""

    def __init__(self, folder: Path, names: tuple[str, ...]) -> None:
        self.opened: Opened = open_data(folder, serve=True)
        self.clock = SetClock()
        self.ca = OwnCa(folder)
        self.ca.prepare(names, AT)
        self.heard: list[str] = []
        app = build_app(self.opened, clock=self.clock, disk_floor_bytes=0, names=names)

        async def noting(scope, receive, send) -> None:  # type: ignore[no-untyped-def]
            if scope["type"] == "http":
                self.heard.append(scope["path"])
            await app(scope, receive, send)

        config = uvicorn.Config(
            noting, host="127.0.0.1", port=0, log_level="critical", access_log=False,
            ssl_certfile=self.ca.certificate, ssl_keyfile=self.ca.key,
        )  # fmt: skip
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run)
        self.thread.start()
        while not self.server.started:
            self.thread.join(0.01)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]
        self.url = f"https://127.0.0.1:{self.port}"

    def code(self, name: str = "FCT-01") -> str:
        with self.opened.database.write() as connection:
            return enrolment.new_code(connection, name, at=self.clock(), who="test")

    def close(self) -> None:
        self.server.should_exit = True
        self.thread.join()
        self.opened.close()


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    """Give a server with its own CA."""
    found = Secure(tmp_path_factory.mktemp("secure"), ("127.0.0.1", "localhost", "lots.example"))
    yield found
    found.close()


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    """Give another server, whose CA is another one and whose certificate is for another name."""
    found = Secure(tmp_path_factory.mktemp("other"), ("other.example",))
    yield found
    found.close()


def test_a_station_pins_the_ca_by_its_fingerprint_and_speaks_to_nobody_else(
    secure: Secure, other: Secure, tmp_path: Path
) -> None:
    """The CA is kept beside the token; another server, with another CA, hears nothing."""
    fingerprint = secure.ca.fingerprint()
    assert fingerprint is not None
    shown = ":".join(fingerprint[at : at + 2] for at in range(0, 64, 2)).upper()
    credentials = pair(tmp_path, secure.url, "FCT-01", secure.code(), fingerprint=shown)
    assert credentials.ca == secure.ca.ca.read_text()
    assert read_credentials(tmp_path) == credentials
    client = ServerClient(secure.url, credentials.token, ca=credentials.ca)
    assert client.changes(None) is not None
    client.close()
    other.heard.clear()
    client = ServerClient(other.url, credentials.token, ca=credentials.ca)
    with pytest.raises(ServerAway, match="does not answer"):
        client.changes(None)
    client.close()
    assert other.heard == []


def test_a_wrong_fingerprint_sends_nothing(secure: Secure, tmp_path: Path) -> None:
    """No code, no token: the words say that it may be another server."""
    secure.heard.clear()
    with pytest.raises(ServerRefuses, match="another CA than the fingerprint names"):
        pair(tmp_path, secure.url, "FCT-01", "code", fingerprint="0" * 64)
    with pytest.raises(ServerRefuses, match="64 hexadecimal digits"):
        pair(tmp_path, secure.url, "FCT-01", "code", fingerprint="abc")
    assert secure.heard == []
    assert read_credentials(tmp_path) is None


def test_without_the_ca_or_under_another_name_nothing_is_sent(secure: Secure, other: Secure) -> None:
    """Public CAs do not vouch for it, and its own not for a name that is not in the certificate."""
    for server, ca in ((secure, None), (other, other.ca.ca.read_text())):
        server.heard.clear()
        client = ServerClient(server.url, "token", ca=ca)
        with pytest.raises(ServerAway):
            client.changes(None)
        client.close()
        assert server.heard == []


def test_who_is_no_tls_server_shows_no_ca() -> None:
    """Said as such, to be tried again."""
    with pytest.raises(ServerAway, match="shows no certificate"):
        offered_ca("https://127.0.0.1:1", "0" * 64)


def test_a_browser_s_cookie_and_the_headers_work_over_tls(secure: Secure) -> None:
    """A Secure __Host- cookie, HSTS, and a Host that is none of its names is refused."""
    context = ssl.create_default_context(cafile=secure.ca.ca)
    headers = {"Cookie": session_cookie(secure.opened, at=secure.clock())}
    with httpx.Client(base_url=secure.url, verify=context, trust_env=False, headers=headers) as client:
        page = client.get("/lots")
        assert page.status_code == 200
        assert page.headers["strict-transport-security"] == "max-age=31536000"
        assert client.get("/lots", headers={"Host": "evil.example"}).status_code == 403
        assert client.get("/lots", headers={"Host": "lots.example"}).status_code == 200
        made = client.get("/stations")
        assert made.status_code == 200


def test_the_ca_is_made_once_and_its_keys_are_their_owners_only(tmp_path: Path) -> None:
    """The certificate is renewed when it ends soon or the names change; the CA stays."""
    ca = OwnCa(tmp_path)
    assert ca.fingerprint() is None
    ca.prepare(("192.0.2.1", "lots.example"), AT)
    first, fingerprint = ca.certificate.read_bytes(), ca.fingerprint()
    for key in (ca.key, tmp_path / "tls" / "ca-key.pem"):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
    ca.prepare(("192.0.2.1", "lots.example"), AT + dt.timedelta(days=300))
    assert ca.certificate.read_bytes() == first
    ca.prepare(("192.0.2.1", "lots.example"), AT + dt.timedelta(days=350))
    second = ca.certificate.read_bytes()
    assert second != first
    ca.prepare(("192.0.2.1", "other.example"), AT + dt.timedelta(days=350))
    assert ca.certificate.read_bytes() != second
    assert ca.fingerprint() == fingerprint
    names = x509.load_pem_x509_certificate(ca.certificate.read_bytes()).extensions
    held = names.get_extension_for_class(x509.SubjectAlternativeName).value
    assert held.get_values_for_type(x509.DNSName) == ["other.example"]


def test_how_it_listens_is_decided_by_the_address(tmp_path: Path) -> None:
    """Plain on loopback only; off it always with TLS."""
    plain = listening_at("localhost", folder=tmp_path, at=AT)
    assert (plain.address, plain.tls, plain.url(8700)) == ("127.0.0.1", False, "http://127.0.0.1:8700/")
    assert listening_at("::1", folder=tmp_path, at=AT).url(1) == "http://[::1]:1/"
    open_to_all = listening_at("0.0.0.0", names=["Lots.example"], folder=tmp_path, at=AT)
    assert (open_to_all.tls, open_to_all.url(8700)) == (True, "https://lots.example:8700/")
    assert "0.0.0.0" not in open_to_all.names
    one = listening_at("192.0.2.1", folder=tmp_path, at=AT)
    assert (one.own_ca, one.names[0]) == (True, "192.0.2.1")
    ca = OwnCa(tmp_path)
    given = listening_at("192.0.2.1", folder=tmp_path, at=AT, certificate=ca.certificate, key=ca.key)
    assert (given.tls, given.own_ca) == (True, False)


@pytest.mark.parametrize(
    ("host", "names", "said"),
    [
        ("0.0.0.0", [], "--name lots.example"),
        ("::", [], "--name lots.example"),
        ("lots.example", [], "is no address"),
        ("", [], "is no address"),
        ("192.0.2.1", ["bad name"], "neither an address nor a name"),
        ("192.0.2.1", ["*.example"], "neither an address nor a name"),
        ("127.0.0.1", ["lots.example"], "that others can reach"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_do(
    tmp_path: Path, host: str, names: list[str], said: str
) -> None:
    """One line, no traceback."""
    with pytest.raises(StartRefused, match=said):
        listening_at(host, names=names, folder=tmp_path, at=AT)


def test_half_of_a_pair_of_files_is_refused(tmp_path: Path) -> None:
    """Both or neither, and they must be there."""
    with pytest.raises(StartRefused, match="go together"):
        listening_at("192.0.2.1", folder=tmp_path, at=AT, certificate=tmp_path / "x.pem")
    with pytest.raises(StartRefused, match="there is no file"):
        listening_at("192.0.2.1", folder=tmp_path, at=AT, certificate=tmp_path / "x", key=tmp_path / "y")
