"""What tests of purchasing share: a server with a supplier and parts, and short ways to order and receive."""

from decimal import Decimal
from typing import Any

import httpx
from tests.server.conftest import Served
from tests.server.production.test_boms import add_parts, bom_of


def post(served: Served, path: str, **body: Any) -> Any:
    """Post, and give what came back."""
    answer = served.client.post(f"/api/v1{path}", json=body)
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


def change(served: Served, order: str, **body: Any) -> httpx.Response:
    """Change an order."""
    return served.client.patch(f"/api/v1/purchase-orders/{order}", json=body)


def fill(served: Served) -> Served:
    """Add the supplier ACME, the parts R1 (pcs) and WIRE (m), and the BOM of GW2."""
    add_parts(served, "R1")
    add_parts(served, "WIRE", uom="m")
    bom_of(served, "GW2", "component,quantity,attrition\nR1,2,5%\nWIRE,0.25,\n")
    post(served, "/suppliers", name="ACME", currency="EUR", contact="sales@acme.example", lead_time_days=10)
    return served


def order(served: Served, number: str, *lines: tuple[str, str], status: str = "sent", **given: Any) -> None:
    """Order (part, quantity) of ACME."""
    post(served, "/purchase-orders", number=number, supplier="ACME", **given)
    for part, quantity in lines:
        post(served, f"/purchase-orders/{number}/lines", part_number=part, quantity=quantity)
    if status != "draft":
        assert change(served, number, status=status).status_code == 200


def deliver(served: Served, number: str, delivery_id: str, **given: Any) -> httpx.Response:
    """Tell of a delivery."""
    body = {"delivery_id": delivery_id, **given}
    return served.client.post(f"/api/v1/purchase-orders/{number}/deliveries", json=body)


def take_back(served: Served, receipt_id: str, reason: str = "counted wrongly") -> httpx.Response:
    """Take a receipt back."""
    path = f"/api/v1/purchase-receipts/{receipt_id}/take-back"
    return served.client.post(path, json={"reason": reason})


def in_stock(served: Served, part: str, location: str = "Stock") -> Decimal:
    """Give how much of a part lies somewhere."""
    found = served.get("/stock", part_number=part, location=location)
    return Decimal(found[0]["quantity"]) if found else Decimal(0)
