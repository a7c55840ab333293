"""OpenAPI: complete, tidy, true."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.server.conftest import Served, serving

from lotline_server.app import build_app
from lotline_server.core.api_examples import EXAMPLES
from lotline_server.core.openapi import routes_of
from lotline_server.core.problems import TITLES
from lotline_server.core.strict_json import SecretRoute


def _described(served: Served) -> dict[str, Any]:
    return dict(served.client.get("/openapi.json").json())


def _operations(described: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, said) for path, ways in described["paths"].items() for method, said in ways.items()
    ]


def test_every_route_of_the_api_is_described_under_a_tidy_name(standing: Served) -> None:
    """Once, with a sentence, under a tag that is explained."""
    described = _described(standing)
    operations = _operations(described)
    routes = [
        route for route in routes_of(build_app(standing.opened, pages=False)) if route.include_in_schema
    ]
    assert {(path, method) for path, method, _ in operations} >= {
        (route.path_format, method.lower()) for route in routes for method in route.methods or ()
    }
    names = [said["operationId"] for _, _, said in operations]
    assert len(names) == len(set(names))
    assert [name for name in names if not re.fullmatch(r"[a-z]+(_[a-z]+)*", name)] == []
    tags = {each["name"] for each in described["tags"]}
    assert [path for path, _, said in operations if not set(said["tags"]) <= tags] == []
    assert [path for path, _, said in operations if not said.get("description")] == []
    assert [name for name in described["components"]["schemas"] if "__" in name] == []


def test_every_operation_says_what_all_have_in_common(standing: Served) -> None:
    """Problems for errors, the key of a change, the tag of a thing, the link of a list."""
    app = build_app(standing.opened, pages=False)
    secrets = {
        (route.path_format, method.lower())
        for route in routes_of(app)
        if isinstance(route, SecretRoute)
        for method in route.methods or ()
    }
    for path, method, said in _operations(_described(standing)):
        problem = said["responses"]["default"]["content"]["application/problem+json"]["schema"]
        assert problem == {"$ref": "#/components/schemas/Problem"}
        asked = {each["name"] for each in said.get("parameters", [])}
        if path.startswith("/api/v1") and (path, method) not in secrets:
            assert ("Idempotency-Key" in asked) == (method != "get"), path
        headers = {name for each in said["responses"].values() for name in each.get("headers", {})}
        assert ("Link" in headers) == ("cursor" in asked)
        assert "If-Match" not in asked or path.startswith("/api/v1")


def test_every_answer_that_is_an_error_is_a_problem_as_it_is_described(standing: Served) -> None:
    """From the guards before the routes, from the routes, from the rules."""
    client = standing.client
    answers = [
        client.get("/api/v1/lots/L9"),
        client.get("/api/v1/nope"),
        client.put("/api/v1/lots"),
        client.post("/api/v1/lots", content=b"{"),
        client.post("/api/v1/lots", json={"lot": "L1", "part_number": "GW2", "target": 1}),
        client.post("/api/v1/lots", content=b" " * 2_000_000),
        client.post("/api/v1/lots", json={}, headers={"Origin": "http://evil.example"}),
        client.get("/api/v1/lots", headers={"Host": "evil.example"}),
        client.patch("/api/v1/lots/L1", json={}, headers={"If-Match": '"x"'}),
        client.post("/sync/v1/hello", json={}),
    ]
    wanted = _described(standing)["components"]["schemas"]["Problem"]
    for answer in answers:
        said = answer.json()
        assert answer.headers["content-type"] == "application/problem+json", answer.url
        assert said["status"] == answer.status_code
        assert said["title"] == TITLES[said["error"]]
        assert said["type"].endswith(f"#problem-{said['error']}")
        assert said["detail"] == said["message"]
        assert set(wanted["required"]) <= set(said) <= set(wanted["properties"])
    assert {answer.status_code for answer in answers} == {401, 403, 404, 405, 409, 412, 413, 422}


POSTS = {
    "NewProject": "/projects", "NewPart": "/parts", "NewLot": "/lots",
    "NewSerials": "/lots/LOT-2611-042/serials",
    "NewLocation": "/locations", "NewPosting": "/stock/postings", "NewSupplier": "/suppliers",
    "NewOrder": "/purchase-orders", "NewLine": "/purchase-orders/PO-1001/lines",
    "Receipt": "/purchase-orders/PO-1001/lines/1/receipts",
}  # fmt: skip
PATCHES = {"PartChange": "/parts/GW2", "LotChange": "/lots/LOT-2611-042"}


def test_every_example_is_taken_as_it_stands(tmp_path: Path) -> None:
    """In the order in which a factory begins."""
    with serving(tmp_path / "data") as served:
        assert EXAMPLES.keys() == POSTS.keys() | PATCHES.keys()
        for name, body in EXAMPLES.items():
            if name == "Receipt":
                served.client.patch("/api/v1/purchase-orders/PO-1001", json={"status": "sent"})
            method, path = ("POST", POSTS[name]) if name in POSTS else ("PATCH", PATCHES[name])
            answer = served.client.request(method, f"/api/v1{path}", json=body)
            assert answer.status_code in {200, 201}, (name, answer.text)
        schemas = _described(served)["components"]["schemas"]
        assert [name for name, body in EXAMPLES.items() if schemas[name]["examples"] != [body]] == []


CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance"
)


@pytest.mark.timeout(180)
def test_no_request_that_the_description_allows_breaks_the_server(standing: Served) -> None:
    """Nor one that it forbids: a thousand of them, and each answer is what the description says."""
    finished = subprocess.run(
        [
            Path(sys.executable).parent / "st", "run", f"{standing.url}/openapi.json", "--include-path-regex",
            "^/api/v1", "--exclude-path-regex", "^/api/v1/(session|accounts/)", "--header",
            f"Authorization: Bearer {standing.token}",
            "--phases", "coverage,fuzzing", "--max-time", "30", "--max-examples", "3", "--checks",
            CHECKS, "--seed", "7", "--no-color", "--warnings", "off",
        ],
        capture_output=True, text=True, timeout=150, check=False,
        env={"PATH": "", "HOME": "/nonexistent", "PYTHONUTF8": "1"},
    )  # fmt: skip
    assert finished.returncode == 0, finished.stdout[-6000:] + finished.stderr[-2000:]
