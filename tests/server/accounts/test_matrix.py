"""Every route with every role, with nobody, with a token of each scope: let in or not as the table says."""

import contextlib
import re
from collections.abc import Iterator

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from tests.server.conftest import Served, serving

from lotline_server.accounts.access import ACCESS
from lotline_server.accounts.door import check_table, routes_of, rule_of
from lotline_server.accounts.roles import ROLES
from lotline_server.app import build_app, open_data
from lotline_server.core.access import Open, Permission, Rule
from lotline_server.core.guarded import GuardedRoute

SEE, WORK, PLAN, DECIDE, ADMINISTER = Permission
MAY = {
    "viewer": {SEE},
    "operator": {SEE, WORK},
    "planner": {SEE, WORK, PLAN},
    "quality": {SEE, WORK, DECIDE},
    "admin": {SEE, WORK, PLAN, DECIDE, ADMINISTER},
}
"""Written once more, so that a slip in the product's table is seen."""

ENDS_THE_SESSION = {("POST", "/sign-out"), ("DELETE", "/api/v1/session")}

WRITES_BY_SEEING: set[tuple[str, str]] = set()
"""Changes that a viewer may make: none, or the one that is named here with its reason."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """Give an app with all routes, not served."""
    opened = open_data(tmp_path_factory.mktemp("app"), serve=True)
    yield build_app(opened, disk_floor_bytes=0)
    opened.close()


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Give a server with its pages."""
    with serving(tmp_path_factory.mktemp("whole"), pages=True) as found:
        yield found


def test_the_roles_may_what_they_should() -> None:
    """And no role was forgotten."""
    assert ROLES == MAY


def test_every_row_of_the_table_is_a_route(app: FastAPI) -> None:
    """A row that no route has is a route that was renamed, perhaps to one that anybody may call."""
    rows = {(method, path) for path, methods in ACCESS.items() for method in methods}
    assert rows - set(routes_of(app)) == set()


def test_an_app_with_a_route_beside_the_table_does_not_start(app: FastAPI) -> None:
    """Neither with one that the table does not know, nor with one that does not stand behind the door."""
    unknown, beside = APIRouter(route_class=GuardedRoute), APIRouter()
    for router, said in ((unknown, "not in the access table"), (beside, "no guarded route")):
        other = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
        router.add_api_route("/api/v1/secret", lambda: "", methods=["GET"])
        other.include_router(router)
        with pytest.raises(RuntimeError, match=said):
            check_table(other)


def test_nothing_is_changed_with_the_permission_to_see(app: FastAPI) -> None:
    """A route that writes asks for more than seeing, and a page and its API call ask for the same."""
    lax = {
        (method, path)
        for method, path in routes_of(app)
        if method not in {"GET", "HEAD"} and rule_of(method, path) is SEE
    }
    assert lax == WRITES_BY_SEEING
    open_to_all = {path for method, path in routes_of(app) if rule_of(method, path) is Open.ANYBODY}
    assert {path for path in open_to_all if not path.startswith("/static/")} == {
        "/favicon.ico", "/sign-in", "/set-up", "/new-password", "/api/v1/session",
    }  # fmt: skip


def permissions_of(rule: Rule | None) -> set[Permission]:
    """Give the permissions of which one lets in."""
    return {rule} if isinstance(rule, Permission) else set(rule) if isinstance(rule, tuple) else set()


def concrete(path: str) -> str:
    """Give an address of a route, of something that is not there."""
    return re.sub(r"\{[^}]+\}", "1", path)


def answer(client: httpx.Client, method: str, path: str) -> httpx.Response:
    """Call a route with an empty body; of a stream, only its head."""
    with client.stream(
        method, concrete(path), json={} if method in {"POST", "PUT", "PATCH"} else None
    ) as found:
        if path != "/live":
            found.read()
        return found


def is_denied(found: httpx.Response, path: str) -> bool:
    """Tell whether the door refused: with 401 or 403, or for a page by leading to where one signs in."""
    if found.status_code == 303:
        return found.headers["location"].startswith("/sign-in?") or found.headers["location"] == "/sign-in"
    return found.status_code in {401, 403}


def test_every_route_with_every_role(whole: Served, app: FastAPI) -> None:
    """Signed in with a browser's session."""
    wrong = []
    for role, may in MAY.items():
        client = whole.signed_in(role)
        for method, path in routes_of(app):
            rule = rule_of(method, path)
            if rule in {Open.STATION, Open.ANYBODY} or (method, path) in ENDS_THE_SESSION:
                continue
            found = answer(client, method, path)
            wanted = rule is Open.PERSON or bool(permissions_of(rule) & may)
            if is_denied(found, path) is wanted or found.status_code >= 500:
                wrong.append((role, method, path, found.status_code))
    assert wrong == []


def test_every_route_with_a_token_of_every_scope(whole: Served, app: FastAPI) -> None:
    """An admin's token may only what its scope says, and nothing that is a person's own."""
    wrong = []
    for scope in Permission:
        client = whole.as_role("admin", scopes=[scope])
        client.headers["Origin"] = whole.url
        for method, path in routes_of(app):
            rule = rule_of(method, path)
            if rule in {Open.STATION, Open.ANYBODY}:
                continue
            found = answer(client, method, path)
            if is_denied(found, path) is (scope in permissions_of(rule)) or found.status_code >= 500:
                wrong.append((scope, method, path, found.status_code))
    assert wrong == []


def test_every_route_with_nobody(whole: Served, app: FastAPI) -> None:
    """401 for programs, the way to the sign-in page for people; a station's calls want a station's token."""
    wrong = []
    client = whole.nobody()
    for method, path in routes_of(app):
        rule = rule_of(method, path)
        if rule is Open.ANYBODY or path == "/sync/v1/pair":
            continue
        found = answer(client, method, path)
        is_page = not path.startswith(("/api/", "/sync/", "/live", "/openapi.json"))
        if found.status_code != (303 if is_page else 401):
            wrong.append((method, path, found.status_code))
    assert wrong == []


@pytest.mark.parametrize("role", [*MAY, None])
def test_no_account_and_no_token_of_one_is_a_station(whole: Served, app: FastAPI, role: str | None) -> None:
    """Not even an admin's."""
    client = whole.nobody() if role is None else whole.as_role(role)
    for method, path in routes_of(app):
        if rule_of(method, path) is Open.STATION and path != "/sync/v1/pair":
            assert answer(client, method, path).status_code == 401, path


def test_a_stations_token_is_nobodys(whole: Served, app: FastAPI) -> None:
    """It opens /sync/v1 and nothing else."""
    station = whole.station("ST-77")
    with contextlib.closing(
        httpx.Client(base_url=whole.url, headers=station.headers, trust_env=False)
    ) as client:
        for path in ("/api/v1/lots", "/live", "/openapi.json"):
            assert client.get(path).status_code == 401
        assert client.get("/").status_code == 303


def test_a_rule_is_a_permission_or_a_way_in() -> None:
    """Nothing else can be written into the table."""
    rules: set[Rule] = {rule for methods in ACCESS.values() for rule in methods.values()}
    assert {rule for rule in rules if not permissions_of(rule)} <= set(Open)


def test_a_refusal_says_what_is_missing_and_who_can_help(whole: Served) -> None:
    """A clear sentence, to a person on a page, to a program in JSON."""
    page = whole.signed_in("viewer").get("/new/lot")
    assert page.status_code == 403
    assert "viewer, may not plan" in page.text
    said = whole.as_role("planner", scopes=["see"]).post("/api/v1/lots", json={}).json()
    assert said["error"] == "forbidden"
    assert "this API token may not plan" in said["message"]


def test_the_door_comes_before_the_body(whole: Served) -> None:
    """Nobody learns from a refusal what the body would have to be."""
    broken = {"content": b"{", "headers": {"Content-Type": "application/json"}}
    assert whole.nobody().post("/api/v1/lots", **broken).status_code == 401  # type: ignore[arg-type]
    assert whole.as_role("viewer").post("/api/v1/lots", **broken).status_code == 403  # type: ignore[arg-type]
    assert whole.client.post("/api/v1/lots", **broken).status_code == 422  # type: ignore[arg-type]
