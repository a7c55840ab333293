"""Passwords: long enough, not among the first that anybody tries, kept only as argon2id."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lotline_server.accounts.passwords import check_password, hash_password, matches
from lotline_server.core.errors import Invalid

COMMON = [
    "password1234", "P@ssw0rd2024!!", "passwordpassword", "qwertzuiop123", "QWERTYUIOPAS", "123456789012",
    "111111111111", "abcabcabcabc", "letmein12345", "Sommer2024!!", "admin-admin-admin", "1q2w3e4r5t6z",
    "lotline-server", "Test1234Test1234", "trustno1trustno1", "iloveyou iloveyou", "zyxwvutsrqpo",
    "987654321098", "            ", "!!!!!!!!!!!!", "Pa$$word!Pa$$word!", "welcome2lotline",
]  # fmt: skip


@pytest.mark.parametrize("password", COMMON)
def test_what_everybody_tries_first_is_refused(password: str) -> None:
    """However it is stretched to twelve characters."""
    with pytest.raises(Invalid, match="first that anybody would try"):
        check_password(password, name="ines")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "Blaue Kuh im Schnee",
        "zebra tunnel fish",
        "xkqzvwpmtrya",
        "ложка вилка нож",
        "9f4c1e7ab20d",
    ],
)
def test_a_few_words_or_chance_are_enough(password: str) -> None:
    """No capitals, digits or signs are asked for."""
    assert check_password(password, name="ines") == password


@pytest.mark.parametrize("password", ["", "short", "elevenchars", "a" * 257 + "b c d"])
def test_the_length_has_bounds_and_the_refusal_says_which(password: str) -> None:
    """At least 12, at most 256."""
    with pytest.raises(Invalid, match=r"at (least 12|most 256)"):
        check_password(password, name="ines")


@pytest.mark.parametrize(
    "password", ["ines.okafor12", "InesOkafor2024!", "okafor ines 1", "ines okafor ines okafor"]
)
def test_ones_own_name_is_no_password(password: str) -> None:
    """Nor with what people put around it."""
    with pytest.raises(Invalid):
        check_password(password, name="Ines Okafor")


@given(st.text(max_size=400))
@settings(max_examples=300)
def test_any_text_is_judged_without_a_fault(password: str) -> None:
    """And in no time."""
    with contextlib.suppress(Invalid):
        assert check_password(password, name="ines") == password


def test_a_password_is_kept_as_argon2id_and_known_again() -> None:
    """In whichever Unicode form it is typed."""
    kept = hash_password("Brücke über den Fluß")
    assert kept.startswith("$argon2id$v=19$m=19456,t=3,p=1$")
    assert "Brücke" not in kept
    assert matches(kept, "Bru\u0308cke u\u0308ber den Fluß")
    assert not matches(kept, "Bruecke ueber den Fluss")
    assert not matches(None, "nobody's password")
    assert kept != hash_password("Brücke über den Fluß")
