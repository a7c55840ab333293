"""Serial numbers: what is read is what is seen."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotline_contract.identity import (
    ScanRefused,
    check_name,
    fits_format,
    normalise_serial,
    serial_block,
)


@given(st.text(max_size=80))
def test_a_normal_form_is_its_own_normal_form_and_holds_nothing_hidden(scan: str) -> None:
    try:
        serial_number = normalise_serial(scan)
    except ScanRefused:
        return
    assert normalise_serial(serial_number) == serial_number
    assert 1 <= len(serial_number) <= 64
    assert unicodedata.is_normalized("NFC", serial_number)
    assert not serial_number.startswith("#")
    assert all(unicodedata.category(character)[0] != "C" for character in serial_number)
    assert all(unicodedata.category(character)[0] != "Z" or character == " " for character in serial_number)


@pytest.mark.parametrize(
    ("scan", "serial_number"),
    [
        ("LL-0001", "LL-0001"),
        ("  LL-0001\r\n", "LL-0001"),
        ("LL-0001\t", "LL-0001"),
        ("0012", "0012"),
        ("1e5", "1e5"),
        ("Gru\u0308n", "Gr\u00fcn"),
        ("\u2126-1", "\u03a9-1"),
        ("<img src=x onerror=1>", "<img src=x onerror=1>"),
        ("%_'\"", "%_'\""),
        ("x" * 64, "x" * 64),
        ("e\u0301" * 64, "\u00e9" * 64),
    ],
)
def test_a_scan_becomes_its_normal_form(scan: str, serial_number: str) -> None:
    assert normalise_serial(scan) == serial_number


@pytest.mark.parametrize(
    "hidden",
    [
        "\0", "\x1b", "\x1c", "\x1d", "\x1e", "\x1f", "\x7f", "\x85", "\n", "\r", "\t",
        "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u034f", "\u115f", "\u3164", "\uffa0",
        "\ufe0f", "\U000e0100", "\u180e", "\u180b", "\u2800",
        "\u202a", "\u202e", "\u2066", "\u2069", "\u200e", "\u200f", "\u061c",
        "\u2028", "\u2029", "\u00a0", "\u2003", "\u3000",
        "\ud800", "\ue000", "\uffff", "\U000e0041",
    ],
    ids=lambda hidden: f"U+{ord(hidden):04X}",
)  # fmt: skip
def test_a_character_that_hides_is_refused_wherever_it_stands(hidden: str) -> None:
    with pytest.raises(ScanRefused, match=f"U\\+{ord(hidden):04X}"):
        normalise_serial(f"LL{hidden}01")
    if hidden not in "\t\r\n":
        for scan in (f"{hidden}LL01", f"LL01{hidden}"):
            with pytest.raises(ScanRefused, match=f"U\\+{ord(hidden):04X}"):
                normalise_serial(scan)


@pytest.mark.parametrize("scan", ["", " ", "\r\n", "\t \t"])
def test_an_empty_scan_is_refused(scan: str) -> None:
    with pytest.raises(ScanRefused, match="empty"):
        normalise_serial(scan)


@pytest.mark.parametrize("scan", ["x" * 65, "x" * 5000, "e\u0301" * 65])
def test_a_scan_of_more_than_64_characters_is_refused(scan: str) -> None:
    with pytest.raises(ScanRefused, match="at most 64"):
        normalise_serial(scan)


@pytest.mark.parametrize("scan", ["#ABORT", " #ABORT", "#", "#\u0338"])
def test_a_command_is_never_a_serial_number(scan: str) -> None:
    with pytest.raises(ScanRefused, match="is a command"):
        normalise_serial(scan)


def test_a_message_never_repeats_what_would_hide_in_it() -> None:
    with pytest.raises(ScanRefused) as refused:
        normalise_serial("#\u202eTROBA")
    assert "\u202e" not in str(refused.value)


def test_a_scan_of_a_million_combining_marks_is_refused_at_once() -> None:
    started = time.process_time()
    with pytest.raises(ScanRefused):
        normalise_serial("a" + "\u0301\u0316" * 500_000)
    assert time.process_time() - started < 1.0  # normalising it would take many minutes


@given(st.integers(1, 8), st.integers(0, 10**8), st.integers(1, 20))
def test_a_block_of_serial_numbers_fits_its_format_and_counts_on(digits: int, first: int, count: int) -> None:
    if first + count > 10**digits:
        with pytest.raises(ValueError, match="do not fit"):
            serial_block("LL-", digits, first, count)
        return
    block = serial_block("LL-", digits, first, count)
    assert [int(serial_number.removeprefix("LL-")) for serial_number in block] == [
        *range(first, first + count)
    ]
    assert all(fits_format(serial_number, "LL-", digits) for serial_number in block)
    assert all(normalise_serial(serial_number) == serial_number for serial_number in block)


@pytest.mark.parametrize(
    ("prefix", "digits", "first", "count"),
    [
        ("LL", 4, 1, 0),
        ("LL", 4, -1, 2),
        ("LL", 0, 0, 1),
        ("LL", -1, 0, 1),
        ("LL", 4, 9999, 2),
        ("#LL", 4, 1, 1),
        (" LL", 4, 1, 1),
        ("L\u200bL", 4, 1, 1),
        ("e\u0301", 4, 1, 1),
        ("x" * 61, 4, 1, 1),
    ],
)
def test_a_block_that_no_scan_would_give_back_is_refused(
    prefix: str, digits: int, first: int, count: int
) -> None:
    with pytest.raises(ValueError, match=r"."):
        serial_block(prefix, digits, first, count)


@pytest.mark.parametrize(
    "serial_number", ["LL-001", "LL-00001", "LL-000x", "KL-0001", "LL-٠٠٠١", "LL-+001", "0001"]
)
def test_another_format_does_not_fit(serial_number: str) -> None:
    assert not fits_format(serial_number, "LL-", 4)


@pytest.mark.parametrize("name", ["PSU-24", "4711", "A/B_c.d+e f", "x" * 64])
def test_a_plain_short_name_is_taken(name: str) -> None:
    assert check_name(name, "lot") == name


@pytest.mark.parametrize(
    "name",
    ["", " x", "x ", "../x", ".x", "-x", "x\n", "x\0", "x" * 65, "<b>", "x;y", "x%", "\u00fcber", "x\u202e"],
)
def test_any_other_name_is_refused_by_what_it_is_for(name: str) -> None:
    with pytest.raises(ValueError, match="lot"):
        check_name(name, "lot")
