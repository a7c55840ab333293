"""The API's own page: every call that programs have, who may make it, and where a problem's type leads."""

import re

import pytest
from playwright.sync_api import expect
from tests.browser import Watched
from tests.pages.conftest import Factory

from lotline_server.core.problems import TITLES


def test_every_call_stands_there_with_who_may_make_it(factory: Factory, watched: Watched) -> None:
    page = watched.open(f"{factory.url}/help/api")
    paths = factory.client.get("/openapi.json").json()["paths"]
    calls = {
        (method.upper(), path)
        for path, methods in paths.items()
        for method in methods
        if method != "parameters"
    }
    shown = page.locator(".call > summary").all_inner_texts()
    assert {(text.split()[0], text.split()[1]) for text in shown} == calls
    target = page.locator(".call", has=page.locator("summary", has_text="/api/v1/lots")).filter(
        has_text="POST"
    )
    target.first.locator("summary").click()
    expect(target.first).to_contain_text("plan")
    assert "–" not in page.locator(".call dt:text-is('Needs') + dd").all_inner_texts()


@pytest.mark.parametrize("path", ["/api/v1/lots/no-such-lot", "/api/v1/lots?limit=many"])
def test_a_problems_type_leads_to_what_it_means(factory: Factory, watched: Watched, path: str) -> None:
    answer = factory.client.get(path)
    kind = answer.json()["type"]
    assert re.fullmatch(r"/help/api#problem-\w+", kind)
    page = watched.open(factory.url + kind)
    row = page.locator("tr:target")
    expect(row).to_contain_text(answer.json()["title"])
    expect(page.locator("#problems tbody tr")).to_have_count(len(TITLES))
