"""GS1 codes, as scanners send them and as labels print them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotline_contract.gs1 import Gs1, read_gs1, without_aim

GTIN = "04012345678901"
SERIALS = st.text("ABCXYZabc0123456789-/._", min_size=1, max_size=20)


@pytest.mark.parametrize(
    "scan",
    [
        f"(01){GTIN}(21)GW2-000123(10)L7",
        f"(01) {GTIN} (21) GW2-000123 (10) L7",
        f"]d201{GTIN}21GW2-000123\x1d10L7",
        f"]C101{GTIN}21GW2-000123\x1d10L7\r\n",
        f"\x1d01{GTIN}10L7\x1d21GW2-000123",
        f"01{GTIN}1726123110L7\x1d21GW2-000123",
    ],
)
def test_serial_number_article_and_batch_are_read(scan: str) -> None:
    assert read_gs1(scan) == Gs1(gtin=GTIN, serial_number="GW2-000123", batch="L7")


@given(SERIALS, SERIALS, st.sampled_from(["]d2", "]C1", "]Q3", "\x1d", ""]))
def test_any_serial_number_survives(serial: str, batch: str, prefix: str) -> None:
    found = read_gs1(f"{prefix}01{GTIN}10{batch}\x1d21{serial}")
    assert found == Gs1(gtin=GTIN, serial_number=serial, batch=batch)


@given(st.text(max_size=300))
def test_whatever_is_scanned_is_a_code_or_none(text: str) -> None:
    found = read_gs1(text)
    assert found is None or any(each is not None for each in found)


@pytest.mark.parametrize(
    "scan",
    ["", "GW2-000123", "(21)", "(01)04012345678902(21)X", "01123", "]d2", "(99)x", "(21)a(b", "21", "2" * 300,
     f"01{GTIN}21A\x1d21B", "0104012345678901٢1X"],
)  # fmt: skip
def test_what_is_no_such_code_is_none(scan: str) -> None:
    assert read_gs1(scan) is None


def test_only_a_symbology_s_prefix_is_taken_away() -> None:
    assert without_aim("]C0GW2-000123") == "GW2-000123"
    assert without_aim("]GW2") == "]GW2"
