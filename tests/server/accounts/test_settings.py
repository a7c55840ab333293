"""Settings by page and by API: one's own password and tokens, and everybody's accounts."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.server.browsing import PASSWORD, Browser
from tests.server.conftest import Served, serving

from lotline_server.accounts import service, sessions

NEW = "harbour apple nine"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Served]:
    """Give a server with pages, where the admin ada and the planner ines have a password."""
    with serving(tmp_path / "data", pages=True) as found:
        with found.opened.database.write() as connection:
            for name, role in (("ada", "admin"), ("ines", "planner")):
                service.add_account(
                    connection, name=name, role=role, password=PASSWORD, at=found.clock(), who="test"
                )
        yield found


def test_an_admin_adds_an_account_whose_owner_chooses_a_password(house: Served) -> None:
    """The code is shown once; with it the new account comes in, and its role counts."""
    ada = Browser(house)
    ada.sign_in("ada")
    made = ada.fill("/settings/accounts", name="Jonas Weber", role="viewer")
    code = re.search(r"<code>([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})</code>", made.text)
    assert code is not None
    assert code[1] not in ada.get("/settings/accounts").text
    jonas = Browser(house)
    assert jonas.fill("/new-password", code=code[1], password=NEW, again=NEW).status_code == 303
    assert jonas.get("/new/lot").status_code == 403
    done = ada.fill("/settings/accounts", to="/settings/accounts/Jonas%20Weber/role", role="planner")
    assert done.headers["location"] == "/settings/accounts"
    assert jonas.get("/new/lot").status_code == 200
    ada.fill("/settings/accounts", to="/settings/accounts/Jonas%20Weber/active", active="no")
    assert jonas.get("/lots").status_code == 303
    said = ada.get("/activity").text
    for sentence in ("was added as viewer", "is planner now; it was viewer", "was disabled"):
        assert sentence in said
    wrong = ada.fill("/settings/accounts", name="INES", role="viewer")
    assert wrong.status_code == 422
    assert "There is an account INES already" in wrong.text
    last = ada.fill("/settings/accounts", to="/settings/accounts/nobody%20here/role", role="viewer")
    assert "There is no account nobody here" in last.text


def test_one_changes_ones_own_password_and_is_signed_out_elsewhere(house: Served) -> None:
    """With the present one; this browser stays."""
    here, elsewhere = Browser(house), Browser(house)
    here.sign_in()
    elsewhere.sign_in()
    to = "/settings/me/password"
    wrong = here.fill("/settings/me", to=to, old="not this one", password=NEW, again=NEW)
    assert wrong.status_code == 422
    assert "not your present password" in wrong.text
    assert here.fill("/settings/me", to=to, old=PASSWORD, password="short", again="short").status_code == 422  # noqa: S106
    assert here.fill("/settings/me", to=to, old=PASSWORD, password=NEW, again=NEW).status_code == 303
    assert (here.get("/lots").status_code, elsewhere.get("/lots").status_code) == (200, 303)
    assert Browser(house).sign_in(password=NEW).status_code == 303
    more = Browser(house)
    more.sign_in(password=NEW)
    assert here.fill("/settings/me", to="/settings/me/sign-out-elsewhere").status_code == 303
    assert more.get("/lots").status_code == 303


def test_a_token_is_made_on_the_page_works_and_is_revoked(house: Served) -> None:
    """With no more scopes than its owner has."""
    ines = Browser(house)
    ines.sign_in()
    assert "scope_administer" not in ines.get("/settings/tokens").text
    assert ines.fill("/settings/tokens", token_name="x", days="30").status_code == 422  # noqa: S106
    beyond = ines.fill("/settings/tokens", token_name="x", days="30", scope_administer="yes")  # noqa: S106
    assert "A planner may not administer" in beyond.text
    made = ines.fill("/settings/tokens", token_name="Nightly", days="30", scope_see="yes")  # noqa: S106
    token = re.search(r"lt_([0-9a-f]{16})\.[\w-]{43}", made.text)
    assert token is not None
    assert token[0] not in ines.get("/settings/tokens").text
    client = house.another({"Authorization": f"Bearer {token[0]}"})
    assert client.get("/api/v1/lots").status_code == 200
    assert client.post("/api/v1/lots", json={}).status_code == 403
    ines.fill("/settings/tokens", to=f"/settings/tokens/{token[1]}/revoke")
    assert client.get("/api/v1/lots").status_code == 401


def test_the_api_does_what_the_pages_do(house: Served) -> None:
    """Accounts by an admin's token; one's own tokens by a session."""
    admin = house.client
    made = admin.post("/api/v1/accounts", json={"name": "rosa", "role": "quality"})
    assert made.status_code == 201
    assert set(made.json()) == {"name", "code", "expires_at"}
    assert admin.patch("/api/v1/accounts/rosa", json={"role": "operator"}).json()["role"] == "operator"
    assert {"ada", "ines", "rosa"} <= {each["name"] for each in admin.get("/api/v1/accounts").json()}
    assert admin.post("/api/v1/accounts", json={"name": "rosa", "role": "king"}).status_code == 422
    assert admin.patch("/api/v1/accounts/nobody-here", json={"active": False}).status_code == 404
    again = admin.post("/api/v1/accounts/rosa/code").json()["code"]
    assert again != made.json()["code"]

    session = house.another({"Origin": house.url})
    assert (
        session.post("/api/v1/session", json={"name": "ines", "password": "no no no no"}).status_code == 401
    )
    answer = session.post("/api/v1/session", json={"name": "ines", "password": PASSWORD})
    assert answer.json() == {"name": "ines", "role": "planner"}
    secret = answer.headers["set-cookie"].partition(";")[0].partition("=")[2]
    session.cookies.clear()
    session.headers["Cookie"] = f"{sessions.COOKIE}={secret}"
    me = session.get("/api/v1/session").json()
    assert me == {
        "name": "ines",
        "role": "planner",
        "permissions": ["plan", "see", "work"],
        "by_token": False,
    }
    token = session.post("/api/v1/tokens", json={"name": "ci", "scopes": ["see"], "days": 1}).json()
    client = house.another({"Authorization": f"Bearer {token['token']}"})
    assert client.get("/api/v1/session").json()["by_token"] is True
    assert client.post("/api/v1/tokens", json={"name": "more", "scopes": ["see"]}).status_code == 403
    (kept,) = session.get("/api/v1/tokens").json()
    assert (kept["name"], kept["scopes"]) == ("ci", "see")
    assert token["token"] not in repr(kept)
    house.clock.move(days=1, minutes=1)
    assert client.get("/api/v1/lots").status_code == 401
    assert admin.delete(f"/api/v1/accounts/ines/tokens/{token['key']}").status_code == 204


def test_an_answer_with_a_secret_is_never_kept(house: Served) -> None:
    """An Idempotency-Key would keep it in the database for two days."""
    headers = {"Idempotency-Key": "k1"}
    made = house.client.post("/api/v1/accounts", json={"name": "rosa", "role": "viewer"}, headers=headers)
    assert made.status_code == 201
    everything = b"".join(path.read_bytes() for path in house.opened.folder.root.iterdir() if path.is_file())
    assert made.json()["code"].encode() not in everything


BOUNDS = (
    (["see"], 1, 201),
    (["see", "administer"], 1, 422),
    ([], 1, 422),
    (["fly"], 1, 422),
    (["see"], 0, 422),
    (["see"], 367, 422),
)


def test_a_token_has_bounds(house: Served) -> None:
    """Scopes that its owner has, and at most a year."""
    client = house.signed_in("planner")
    for scopes, days, status in BOUNDS:
        answer = client.post("/api/v1/tokens", json={"name": "t", "scopes": scopes, "days": days})
        assert answer.status_code == status, (scopes, days, answer.text)
