"""Units of measure, and names nobody else can have made."""

import re
import unicodedata
import uuid

import pytest

from lotline_contract.ids import new_epoch, uuid7
from lotline_contract.uom import _SPELLINGS, UOMS, UnknownUom, check_uom


@pytest.mark.parametrize("uom", sorted(UOMS))
def test_each_uom_is_its_own_normal_form(uom: str) -> None:
    assert check_uom(uom) == uom
    assert unicodedata.is_normalized("NFC", uom)


def test_no_two_uoms_look_alike() -> None:
    # The Greek mu and the micro sign, the ohm sign and omega, are drawn alike.
    drawn = [unicodedata.normalize("NFKC", uom) for uom in UOMS]
    assert len(set(drawn)) == len(drawn)


def test_the_ohm_sign_is_read_as_omega() -> None:
    assert check_uom("k\u2126") == "k\u03a9"


@pytest.mark.parametrize(("written", "meant"), sorted(_SPELLINGS.items()))
def test_a_common_spelling_is_refused_with_what_was_meant(written: str, meant: str) -> None:
    assert meant in UOMS
    assert written not in UOMS
    with pytest.raises(UnknownUom, match=re.escape(f'did you mean "{meant}"?')):
        check_uom(written)


@pytest.mark.parametrize("uom", ["v", "VOLTS", " V", "V ", "furlong", "V\0", "mV\u200b"])
def test_any_other_uom_is_refused(uom: str) -> None:
    with pytest.raises(UnknownUom):
        check_uom(uom)


def test_a_run_id_is_a_uuid_of_version_7_and_no_two_are_alike() -> None:
    made = [uuid7() for _ in range(1000)]
    assert len(set(made)) == 1000
    for text in made:
        parsed = uuid.UUID(text)
        assert str(parsed) == text
        assert (parsed.version, parsed.variant) == (7, uuid.RFC_4122)
    stamps = [uuid.UUID(text).int >> 80 for text in made]
    assert max(stamps) - min(stamps) < 60_000


def test_an_epoch_is_128_bits_in_hex() -> None:
    assert re.fullmatch("[0-9a-f]{32}", new_epoch())
    assert new_epoch() != new_epoch()
