"""One example for each body that people write by hand first; a test sends every one of them."""

from typing import Any

EXAMPLES: dict[str, dict[str, Any]] = {
    "NewProject": {"name": "Gateway 2", "customer": "ACME", "description": "The second generation"},
    "NewPart": {
        "part_number": "GW2",
        "name": "Gateway board",
        "kind": "pcba",
        "serial_format": "GW2-{YY}{WW}{N5}",
        "operations": ["ICT", "FCT"],
        "project": "Gateway 2",
    },
    "PartChange": {"description": "Gateway board with LTE", "revision": "B"},
    "NewLot": {
        "lot": "LOT-2611-042",
        "part_number": "GW2",
        "target": 50,
        "serials": 50,
        "project": "Gateway 2",
        "priority": 5,
        "customer_order": "PO 4711",
        "planned_end": "2026-12-18",
    },
    "LotChange": {"target": 60, "notes": "Ten more for the field trial.", "reason": "ordered on Monday"},
    "NewSerials": {"count": 10},
    "NewLocation": {"name": "Shelf 1"},
    "NewPosting": {
        "kind": "receipt",
        "part_number": "GW2",
        "quantity": "25",
        "location": "Shelf 1",
        "reference": "delivery note 77",
    },
    "NewSupplier": {"name": "Boards Ltd", "contact": "orders@boards.example", "currency": "EUR"},
    "NewOrder": {"number": "PO-1001", "supplier": "Boards Ltd", "project": "Gateway 2"},
    "NewLine": {
        "part_number": "GW2",
        "quantity": "100",
        "price": "12.50",
        "estimated_delivery": "2026-12-01",
    },
    "Receipt": {"receipt_id": "DN-77-1", "quantity": "40"},
}
