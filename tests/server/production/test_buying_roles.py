"""What a reader may not do, the pages of stock and purchasing do not offer."""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from tests.pages.buying import buy
from tests.server.conftest import Served, serving

PAGES = {
    "/purchasing": "/new/order", "/purchasing/PO-118": "/purchasing/PO-118/receive",
    "/purchasing/PO-118/lines/1": "/purchasing/PO-118/lines/1/lots", "/suppliers": "/new/supplier",
    "/suppliers/Nordic%20Components": "/new/order?supplier=Nordic+Components",
    "/stock": "/stock/move?kind=receipt", "/stock/parts/R-0402-10K": "/stock/move?kind=issue",
    "/stock/locations": "/stock/count?location=Stock", "/stock/postings/1": "/stock/postings/1/take-back",
}  # fmt: skip
"""Each with the address of something that only planners may do there."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Give a server with its pages, suppliers, stock and orders."""
    with serving(tmp_path_factory.mktemp("shop"), pages=True) as found:
        found.add_part()
        buy(found.client, "GW2", date(2026, 11, 23))
        yield found


def offered(text: str) -> set[str]:
    """Give where the main part of a page leads."""
    main = text[text.index("<main") :]
    return set(re.findall(r'(?:href|action)="([^"]+)"', main.replace("&amp;", "&")))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_offers_only_what_its_reader_may(shop: Served, path: str) -> None:
    """Nothing of the planner's to a viewer, and nothing to a viewer that answers 403."""
    for role, may in (("planner", True), ("viewer", False)):
        client = shop.signed_in(role)
        page = client.get(path)
        assert page.status_code == 200
        found = offered(page.text)
        assert any(each.startswith(PAGES[path]) for each in found) is may, (role, found)
        if not may:
            assert 'method="post"' not in page.text[page.text.index("<main") :]
            links = {each for each in found if each.startswith("/") and "static" not in each}
            assert {
                each: client.get(each).status_code for each in links if client.get(each).status_code == 403
            } == {}
