"""Which pages the gallery draws, and which of its pictures the documents show, made small."""

from pathlib import Path

from PIL import Image

SIZES = ((1280, 800), (390, 844))
PAGES = {
    "dashboard": "/",
    "dashboard-month": "/?per=month",
    "dashboard-part": "/?by=part",
    "site": "/settings/site",
    "lots": "/lots",
    "lot": "/lots/LOT-2611-042",
    "lot-bom": "/lots/LOT-2611-042/bom",
    "lot-procurement": "/lots/LOT-2611-042/procurement",
    "lot-serials": "/lots/LOT-2611-042/serials",
    "lot-labels": "/lots/LOT-2611-042/labels",
    "lot-activity": "/lots/LOT-2611-042/activity",
    "lot-edit": "/lots/LOT-2611-042/edit",
    "lot-new": "/new/lot",
    "unit": "/units/GW2-000571",
    "unit-failed": "/units/GW2-000580",
    "unit-error": "/units/GW2-000591",
    "traveler": "/traveler?serial_number=GW2-000580",
    "parts": "/parts",
    "part": "/parts/GW2",
    "part-new": "/new/part",
    "orders": "/purchasing",
    "order": "/purchasing/PO-118",
    "order-edit": "/purchasing/PO-121/edit",
    "order-receive": "/purchasing/PO-118/receive",
    "order-line": "/purchasing/PO-118/lines/1",
    "supplier": "/suppliers/Nordic%20Components",
    "stock": "/stock",
    "stock-part": "/stock/parts/R-0402-10K",
    "stock-count": "/stock/count?location=Stock",
    "bom": "/parts/GW2/bom",
    "route": "/parts/PSU48/route",
    "where-used": "/parts/GW2/where-used",
    "projects": "/projects",
    "project": "/projects/Harbour",
    "stations": "/stations",
    "activity": "/activity",
    "search": "/search?q=GW2-00057",
    "missing": "/units/GW2-999999",
    "lot-planned": "/lots/LOT-2612-051/bom",
    "lot-ordered": "/lots/LOT-2612-051/procurement",
    "lot-import": "/lots/LOT-2611-042/serials/import",
    "part-edit": "/parts/GW2/edit",
    "part-lots": "/parts/GW2/lots",
    "bom-import": "/parts/GW2/bom/import",
    "bom-compare": "/parts/GW2/bom/compare",
    "order-new": "/new/order",
    "order-dates": "/purchasing/PO-118/dates",
    "suppliers": "/suppliers",
    "supplier-new": "/new/supplier",
    "locations": "/stock/locations",
    "stock-move": "/stock/move?kind=transfer",
    "posting": "/stock/postings/1",
    "project-new": "/new/project",
    "project-edit": "/projects/Harbour/edit",
    "settings": "/settings/me",
    "tokens": "/settings/tokens",
    "accounts": "/settings/accounts",
    "api": "/help/api",
    "sign-in": "/sign-in",
    "set-up": "/set-up",
    "new-password": "/new-password",
}
BEFORE_THE_DOOR = ("sign-in", "set-up", "new-password")
DOCUMENTED = (
    "dashboard", "lots", "lot", "lot-planned", "lot-serials", "unit-failed", "traveler", "parts", "bom",
    "route", "orders", "order", "stock", "projects", "project", "stations", "activity", "settings", "search",
    "sign-in",
)  # fmt: skip
"""The pages whose pictures stand in docs/pictures: light at a desk, and some as PHONE and DARK say."""
PHONE, DARK = ("lots", "unit-failed"), ("lot", "stations")


def reduce(folder: Path, docs: Path) -> None:
    """Write the pictures that the documents show: of a palette, so that they stay small."""
    docs.mkdir(parents=True, exist_ok=True)
    wanted = [(name, f"{name}-light-1280x800") for name in DOCUMENTED]
    wanted += [(f"{name}-phone", f"{name}-light-390x844") for name in PHONE]
    wanted += [(f"{name}-dark", f"{name}-dark-1280x800") for name in DARK]
    for name, drawn in wanted:
        picture = Image.open(folder / f"{drawn}.png").convert("RGB")
        width = min(picture.width, 720)
        picture = picture.resize(
            (width, round(picture.height * width / picture.width)), Image.Resampling.LANCZOS
        )
        palette = picture.quantize(22, method=Image.Quantize.MEDIANCUT, kmeans=4, dither=Image.Dither.NONE)
        palette.save(docs / f"page-{name}.png", optimize=True)
