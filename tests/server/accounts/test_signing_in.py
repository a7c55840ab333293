"""Coming in: the first admin, sign-in, back-off, sessions and their end, over real HTTP."""

import re
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.server.browsing import PASSWORD, Browser
from tests.server.conftest import Served, serving

from lotline_server.accounts import service, sessions
from lotline_server.accounts.backoff import Backoff
from lotline_server.core.errors import TooMany

COOKIE = sessions.COOKIE


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Served]:
    """Give a server with pages, where the planner ines has a password."""
    with serving(tmp_path / "data", pages=True) as found:
        with found.opened.database.write() as connection:
            service.add_account(
                connection, name="ines", role="planner", password=PASSWORD, at=found.clock(), who="test"
            )
        yield found


@pytest.fixture
def browser(house: Served) -> Browser:
    """Give a browser before that server."""
    return Browser(house)


def said(served: Served, what: str) -> list[Any]:
    """Give what the activity log says of a kind of event."""
    return served.rows(f"SELECT who, subject, text FROM activity WHERE what = '{what}' ORDER BY id")  # noqa: S608


def test_the_first_admin_comes_with_the_code_from_the_console(tmp_path: Path) -> None:
    """Before that every page leads to the set-up; after it the code is void, whoever has it."""
    with serving(tmp_path / "data", pages=True) as served:
        with served.opened.database.write() as connection:
            connection.exec_driver_sql("DELETE FROM api_tokens")
            connection.exec_driver_sql("DELETE FROM accounts")
            code = service.new_set_up_code(connection, at=served.clock())
        assert code is not None
        browser = Browser(served)
        assert browser.get("/").headers["location"] == "/sign-in"
        assert browser.get("/sign-in").headers["location"] == "/set-up"
        wrong = browser.fill(
            "/set-up", code="2222-2222-2222-2222", name="ada", password=PASSWORD, again=PASSWORD
        )
        assert wrong.status_code == 401
        assert "not valid" in wrong.text
        weak = browser.fill("/set-up", code=code, name="ada", password="password1234", again="password1234")  # noqa: S106
        assert weak.status_code == 422
        assert "password1234" not in weak.text
        done = browser.fill("/set-up", code=code.lower(), name="ada", password=PASSWORD, again=PASSWORD)
        assert (done.status_code, done.headers["location"]) == (303, "/")
        assert "ada" in browser.get("/").text
        assert browser.get("/set-up").headers["location"] == "/sign-in"
        again = Browser(served).fill(
            "/sign-in", to="/set-up", code=code, name="eve", password=PASSWORD, again=PASSWORD
        )
        assert again.status_code == 401
        assert served.rows("SELECT name, role FROM accounts") == [("ada", "admin")]


def test_a_set_up_code_is_made_only_while_there_is_no_admin_and_a_new_one_voids_the_old(
    tmp_path: Path,
) -> None:
    """Each start prints one, and only the last is good, for a day."""
    with serving(tmp_path / "data", pages=True) as served:
        with served.opened.database.write() as connection:
            assert service.new_set_up_code(connection, at=served.clock()) is None
            connection.exec_driver_sql("DELETE FROM api_tokens")
            connection.exec_driver_sql("DELETE FROM accounts")
            first = service.new_set_up_code(connection, at=served.clock())
            second = service.new_set_up_code(connection, at=served.clock())
        assert first is not None
        assert second is not None
        given = {"name": "ada", "password": PASSWORD, "again": PASSWORD}
        assert Browser(served).fill("/set-up", code=first, **given).status_code == 401
        served.clock.move(hours=25)
        assert Browser(served).fill("/set-up", code=second, **given).status_code == 401


def test_signing_in_gives_a_cookie_that_no_script_and_no_other_site_gets(
    house: Served, browser: Browser
) -> None:
    """And leads back to what was asked for."""
    assert browser.get("/lots?sort=yield").headers["location"] == "/sign-in?next=%2Flots%3Fsort%3Dyield"
    answer = browser.sign_in(next="/lots?sort=yield")
    assert (answer.status_code, answer.headers["location"]) == (303, "/lots?sort=yield")
    (cookie,) = [each for each in browser.set if each.startswith(COOKIE + "=")]
    parts = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"secure", "httponly", "path=/", "samesite=lax"} <= parts
    assert not [part for part in parts if part.startswith("domain")]
    page = browser.get("/lots")
    assert page.status_code == 200
    assert "planner" in page.text
    assert browser.get("/sign-in").headers["location"] == "/"
    assert said(house, "account.signed_in") == [("ines", "ines", "ines signed in from 127.0.0.1")]


NOT_OURS = [
    "//evil.example",
    "https://evil.example",
    "/\\evil.example",
    "javascript:alert(1)",
    "/\tx",
    "lots",
]


def test_signing_in_never_leads_to_another_site(browser: Browser) -> None:
    """Whatever address was put there."""
    for address in NOT_OURS:
        browser.cookies.clear()
        assert browser.sign_in(next=address).headers["location"] == "/", address


def test_a_wrong_password_and_a_name_nobody_has_get_the_same_answer(house: Served, browser: Browser) -> None:
    """The disabled one and the one without a password, too; the log has a name only where it is one."""
    with house.opened.database.write() as connection:
        service.add_account(connection, name="fresh", role="viewer", at=house.clock(), who="test")
        service.add_account(
            connection, name="gone", role="viewer", password=PASSWORD, at=house.clock(), who="test"
        )
        service.set_active(connection, name="gone", active=False, at=house.clock(), who="test")
    texts = set()
    for name, password in (
        ("ines", "wrong wrong wrong"),
        ("hunter2hunter2", PASSWORD),
        ("fresh", PASSWORD),
        ("gone", PASSWORD),
    ):
        answer = browser.sign_in(name, password)
        assert answer.status_code == 401
        assert COOKIE not in browser.cookies
        texts.add(re.sub(r'value="[^"]*"', "", answer.text))
    assert len(texts) == 1
    failed = said(house, "account.sign_in_failed")
    assert [subject for _, subject, _ in failed] == ["ines", "", "fresh", "gone"]
    assert "hunter2" not in repr(failed)
    assert PASSWORD not in repr(failed)


def test_a_name_nobody_has_takes_as_long_as_a_wrong_password(house: Served) -> None:
    """Within a factor that the network's noise hides: a hash is computed either way."""

    def seconds(name: str) -> float:
        began = time.perf_counter()
        with pytest.raises(Exception, match="wrong"):
            sessions.sign_in(
                house.opened.database, name=name, password="x" * 20, address="192.0.2.1", at=house.clock()
            )
        return time.perf_counter() - began

    known, unknown = (
        statistics.median(seconds(name) for _ in range(5)) for name in ("ines", "nobody at all")
    )
    assert 0.4 < known / unknown < 2.5


def test_who_guesses_waits_and_is_told_how_long(house: Served, browser: Browser) -> None:
    """After five wrong guesses even the right password waits, for a name that nobody has just the same."""
    for name in ("ines", "nobody"):
        statuses = [browser.sign_in(name, "wrong wrong wrong").status_code for _ in range(7)]
        assert statuses[:5] == [401] * 5
        assert 429 in statuses[5:]
        answer = browser.sign_in(name)
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) >= 1
        assert "try again in" in answer.text


class SetSeconds:
    """A clock of seconds that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def attempts(backoff: Backoff, key: str, count: int) -> int:
    """Make attempts that fail and give how many were let through."""
    let = 0
    for _ in range(count):
        try:
            backoff.begin(key)
            let += 1
        except TooMany:
            pass
    return let


def test_the_wait_doubles_up_to_the_longest_and_is_each_keys_own() -> None:
    """A hundred at once are a hundred; success forgets; an hour later all is forgotten."""
    clock = SetSeconds()
    backoff = Backoff(free=3, longest_s=60.0, clock=clock)
    assert attempts(backoff, "a", 100) == 3
    waits = []
    for _ in range(10):
        with pytest.raises(TooMany) as refused:
            backoff.begin("a")
        assert refused.value.retry_after_s is not None
        waits.append(refused.value.retry_after_s)
        clock.now += refused.value.retry_after_s
        backoff.begin("a")
    assert waits[:5] == sorted(waits[:5])
    assert waits[-1] <= 62
    assert attempts(backoff, "b", 3) == 3
    backoff.succeeded("a", forget=True)
    assert attempts(backoff, "a", 3) == 3
    clock.now += 7200
    assert attempts(backoff, "b", 3) == 3


def test_one_address_that_guesses_at_many_names_waits_too(house: Served, browser: Browser) -> None:
    """Twenty wrong names, and this address waits, with the right name as well."""
    statuses = {browser.sign_in(f"guess{at}", "wrong wrong wrong").status_code for at in range(22)}
    assert statuses == {401, 429}
    assert browser.sign_in().status_code == 429


def test_a_session_ends_when_idle_and_in_any_case_after_a_week(house: Served) -> None:
    """Twelve hours without a look; seven days however it was used."""
    idle, busy = Browser(house), Browser(house)
    idle.sign_in()
    busy.sign_in()
    house.clock.move(hours=11, minutes=59)
    assert idle.get("/lots").status_code == 200
    house.clock.move(hours=12, minutes=2)
    assert idle.get("/lots").status_code == 303
    busy.sign_in()
    for _ in range(13):
        house.clock.move(hours=11.9)
        assert busy.get("/lots").status_code == 200
    house.clock.move(hours=11.9)
    house.clock.move(hours=11.9)
    assert busy.get("/lots").status_code == 303


def test_a_session_ends_by_signing_out_at_the_server_too(house: Served, browser: Browser) -> None:
    """The cookie that was kept elsewhere opens nothing any more."""
    browser.sign_in()
    kept = browser.cookies[COOKIE]
    assert browser.fill("/lots", to="/sign-out").headers["location"] == "/sign-in"
    assert not browser.cookies[COOKIE]
    browser.cookies[COOKIE] = kept
    assert browser.get("/lots").status_code == 303
    assert said(house, "account.signed_out") == [("ines", "ines", "ines signed out")]


def test_each_sign_in_has_a_new_secret_and_ends_the_one_it_replaces(house: Served, browser: Browser) -> None:
    """A cookie that somebody else put there before is worth nothing after."""
    browser.cookies[COOKIE] = "chosen-by-somebody-else"
    browser.sign_in()
    first = browser.cookies[COOKIE]
    assert first != "chosen-by-somebody-else"
    found = re.search(r'name="form_key" value="([0-9a-f]{64})"', browser.get("/new/lot").text)
    assert found is not None
    browser.http.post(
        "/sign-in", data={"form_key": found[1], "name": "ines", "password": PASSWORD}, headers=browser._sent()
    )
    assert browser.get("/lots").status_code == 303


def test_disabling_an_account_ends_its_sessions_and_tokens_at_once(house: Served, browser: Browser) -> None:
    """And a role counts from the next request on."""
    browser.sign_in()
    with house.opened.database.write() as connection:
        service.set_role(connection, name="ines", role="viewer", at=house.clock(), who="test")
    assert browser.get("/new/lot").status_code == 403
    with house.opened.database.write() as connection:
        service.set_active(connection, name="ines", active=False, at=house.clock(), who="test")
    assert browser.get("/lots").status_code == 303
    with house.opened.database.write() as connection:
        service.set_active(connection, name="ines", active=True, at=house.clock(), who="test")
    assert browser.get("/lots").status_code == 303


def test_a_one_time_code_gives_a_password_once(house: Served, browser: Browser) -> None:
    """Making it voids the password and the sessions; using it signs in."""
    browser.sign_in()
    with house.opened.database.write() as connection:
        code = service.make_code(connection, name="ines", at=house.clock(), who="test")
    assert browser.get("/lots").status_code == 303
    assert browser.sign_in().status_code == 401
    new = {"password": "harbour apple nine", "again": "harbour apple nine"}
    assert browser.fill("/new-password", code=code, password=new["password"], again="x").status_code == 422
    assert browser.fill("/new-password", code=code, **new).status_code == 303
    assert browser.get("/lots").status_code == 200
    other = Browser(house)
    assert other.fill("/new-password", code=code, **new).status_code == 401
    assert other.sign_in(password=new["password"]).status_code == 303


def test_the_forms_of_a_session_outlive_the_process_and_not_the_session(tmp_path: Path) -> None:
    """A form that was open while the server was started again is taken; another session's is not."""
    at = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    keys = []
    cookie = ""
    for _ in range(2):
        with serving(tmp_path / "data", pages=True) as served:
            if not cookie:
                with served.opened.database.write() as connection:
                    account = service.add_account(connection, name="ada", role="admin", at=at, who="test")
                    cookie = f"{COOKIE}={sessions.begin_session(connection, account.id, at)}"
            client = served.another({"Cookie": cookie, "Origin": served.url})
            found = re.search(r'name="form_key" value="([0-9a-f]{64})"', client.get("/new/part").text)
            assert found is not None
            keys.append(found[1])
            other = served.signed_in("admin")
            refused = other.post("/new/part", data={"form_key": keys[0], "part_number": "X1"})
            assert "too old to be believed" in refused.text
    assert keys[0] == keys[1]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": ""},
    ],
)
def test_a_signed_in_browser_is_not_lured_into_a_call_of_the_api(
    served: Served, headers: dict[str, str]
) -> None:
    """Every change by cookie must say that it comes from our own page; one that says nothing does not."""
    client = served.signed_in("planner")
    body = {"lot": "L9", "part_number": "GW2", "target": 1}
    kept = {name: value for name, value in {**client.headers, **headers}.items() if value}
    kept = {
        name: value for name, value in kept.items() if name.lower() != "origin" or "Origin" not in headers
    }
    kept |= {name: value for name, value in headers.items() if value}
    with httpx.Client(base_url=served.url, trust_env=False) as bare:
        answer = bare.post("/api/v1/lots", json=body, headers=kept)
        assert (answer.status_code, answer.json()["error"]) == (403, "forbidden")
    assert client.post("/api/v1/lots", json=body).status_code == 201


def test_neither_password_nor_session_nor_code_is_stored(house: Served, browser: Browser) -> None:
    """The data folder holds only digests of them."""
    browser.sign_in()
    with house.opened.database.write() as connection:
        service.add_account(connection, name="fresh", role="viewer", at=house.clock(), who="test")
        code = service.make_code(connection, name="fresh", at=house.clock(), who="test")
    everything = b"".join(path.read_bytes() for path in house.opened.folder.root.iterdir() if path.is_file())
    assert b"ines" in everything
    for secret in (PASSWORD, browser.cookies[COOKIE], code, code.replace("-", "")):
        assert secret.encode() not in everything
