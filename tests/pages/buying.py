"""A month of purchasing over the API: suppliers, orders in every status, late ones, stock here and there."""

from datetime import date, timedelta
from typing import Any

import httpx

PARTS = (
    ("C-0402-100N", "Capacitor 100 nF 0402 X7R", "part", "pcs"),
    ("R-0402-10K", "Resistor 10 kΩ 0402 1 %", "part", "pcs"),
    ("U-LDO-3V3", "Regulator 3.3 V 500 mA", "part", "pcs"),
    ("WIRE-05-RED", "Wire 0.5 mm² red", "part", "m"),
    ("HSG-GW", "Housing, gateway", "part", "pcs"),
)


def buy(client: httpx.Client, board: str, today: date) -> None:
    """Let it happen, for a board that is a part already."""

    def post(path: str, **body: Any) -> Any:
        answer = client.post(f"/api/v1{path}", json=body)
        assert answer.is_success, (path, answer.text)
        return answer.json()

    def change(path: str, **body: Any) -> None:
        answer = client.patch(f"/api/v1{path}", json=body)
        assert answer.is_success, answer.text

    def day(ahead: int) -> str:
        return (today + timedelta(days=ahead)).isoformat()

    for number, name, kind, uom in PARTS:
        post("/parts", part_number=number, name=name, kind=kind, uom=uom)
    table = (
        "component,quantity,attrition\nC-0402-100N,12,2%\nR-0402-10K,8,2%\nU-LDO-3V3,1,\nWIRE-05-RED,0.35,\n"
    )
    preview = post(f"/parts/{board}/bom/preview", csv=table)
    post(f"/parts/{board}/bom", csv=table, digest=preview["digest"])
    post("/suppliers", name="Nordic Components", currency="EUR", lead_time_days=14,
         contact="Orders desk\norders@nordic.example\nTel. +49 40 555 0142")  # fmt: skip
    post("/suppliers", name="Pacific Board Works", currency="USD", lead_time_days=28)
    post("/suppliers", name="Café Gehäusebau GmbH", currency="EUR", lead_time_days=10)
    post("/locations", name="Shelf B2")
    for part, quantity, place in (
        ("C-0402-100N", 4200, "Stock"), ("C-0402-100N", 500, "Shelf B2"), ("R-0402-10K", 900, "Stock"),
        ("WIRE-05-RED", "61.25", "Stock"), ("U-LDO-3V3", 40, "Stock"),
    ):  # fmt: skip
        post("/stock/postings", kind="receipt", part_number=part, quantity=quantity, location=place,
             reference="first stock")  # fmt: skip
    post("/lots", lot="LOT-2612-051", part_number=board, target=120, planned_start=day(2), project="Harbour")
    post("/lots", lot="LOT-2612-052", part_number=board, target=60, planned_start=day(12), project="Harbour")
    post("/lots", lot="LOT-2612-060", part_number=board, target=50, kind="built_outside", project="Harbour")
    orders: tuple[tuple[str, str, tuple[tuple[str, Any, str, int], ...]], ...] = (
        ("PO-118", "Nordic Components", (("R-0402-10K", 1500, "0.0042", -5), ("U-LDO-3V3", 200, "0.385", 3))),
        ("PO-119", "Pacific Board Works", ((board, 50, "18.4", 9),)),
        ("PO-120", "Café Gehäusebau GmbH", (("HSG-GW", 180, "4.125", -2),)),
        (
            "PO-121",
            "Nordic Components",
            (("C-0402-100N", 10000, "0.0031", 12), ("WIRE-05-RED", "250.5", "0.19", 12)),
        ),
    )
    for number, supplier, lines in orders:
        post("/purchase-orders", number=number, supplier=supplier, project="Harbour")
        for part, quantity, price, ahead in lines:
            post(f"/purchase-orders/{number}/lines", part_number=part, quantity=quantity, price=price,
                 estimated_delivery=day(ahead))  # fmt: skip
    for order, line, lot, quantity in (
        ("PO-118", 1, "LOT-2612-051", 900), ("PO-118", 1, "LOT-2612-052", 500),
        ("PO-118", 2, "LOT-2612-051", 120), ("PO-119", 1, "LOT-2612-060", 50),
    ):  # fmt: skip
        answer = client.put(
            f"/api/v1/purchase-orders/{order}/lines/{line}/lots", json={"lot": lot, "quantity": quantity}
        )
        assert answer.is_success, answer.text
    for number in ("PO-118", "PO-119", "PO-120"):
        change(f"/purchase-orders/{number}", status="sent")
    change("/purchase-orders/PO-118", status="confirmed")
    post("/purchase-orders/PO-118/deliveries", delivery_id="d1", packing_slip="LS 77120",
         lines=[{"position": 1, "quantity": 400}])  # fmt: skip
    post("/purchase-orders/PO-118/deliveries", delivery_id="d2", packing_slip="LS 77121",
         lines=[{"position": 2, "quantity": 20}])  # fmt: skip
    post("/purchase-receipts/d2/2/take-back", reason="that was 20 of another regulator")
    post("/purchase-orders/PO-120/deliveries", delivery_id="d3", lines=[{"position": 1, "quantity": 100}])
    post("/stock/postings", kind="transfer", part_number="C-0402-100N", quantity=200, to_location="Shelf B2")
    post("/stock/postings", kind="issue", part_number="WIRE-05-RED", quantity="1.75", reason="for a repair")
