"""The unit's console on a pty."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from lotline_drivers.console import UnitConsole
from lotline_drivers.errors import BadReply, InstrumentTimeout, InstrumentUnreachable, RefusedSetting
from lotline_drivers.registry import open_instrument

from .conftest import CUT, Peer, PtyPeer, Talk

ANSWERS = {
    "version": b"version\r\nGW2 gateway, firmware 1.4.2\r\n> ",
    "serial": b"serial\r\nserial GW2-00042\r\n> ",
    "quiet": b"> ",
    "": b"\r\n> ",
}


@pytest.fixture
def console(peers: Callable[[str, Talk], Peer]) -> Iterator[Callable[..., UnitConsole]]:
    opened: list[UnitConsole] = []

    def make(talk: Talk, timeout_s: float = 5.0, **options: object) -> UnitConsole:
        peer = peers("pty", talk)
        instrument = open_instrument(
            name="console", driver="console", resource=peer.resource, timeout_s=timeout_s, options=options
        )
        assert isinstance(instrument, UnitConsole)
        opened.append(instrument)
        return instrument

    yield make
    for instrument in opened:
        instrument.close()


def test_the_first_group_of_the_pattern_is_the_text(console: Callable[..., UnitConsole]) -> None:
    unit = console(ANSWERS.get)
    assert unit.read_text("version", r"firmware (\S+)$") == "1.4.2"
    assert unit.read_text("serial", r"GW2-\d+") == "GW2-00042"


def test_the_echo_of_the_command_is_not_its_answer(console: Callable[..., UnitConsole]) -> None:
    unit = console({"version": b"version\r\n1.4.2\r\n> "}.get)
    assert unit.read_text("version", r"^\S+") == "1.4.2"


def test_a_prompt_from_before_is_not_the_end_of_the_answer(console: Callable[..., UnitConsole]) -> None:
    unit = console({"version": b"\r\n> \r\n> version\r\n1.4.2\r\n> "}.get)
    assert unit.read_text("version", r"^\S+") == "1.4.2"


def test_a_unit_that_does_not_echo_is_read_with_echo_off(console: Callable[..., UnitConsole]) -> None:
    talk = {"version": b"1.4.2\r\n> "}.get
    with pytest.raises(InstrumentTimeout, match="the echo of 'version' did not come"):
        console(talk, timeout_s=0.2).read_text("version", r"^\S+")
    assert console(talk, echo=False).read_text("version", r"^\S+") == "1.4.2"


@pytest.mark.parametrize("noise", [b"\x8f\x02#?%\xff", b"1.4\x00.2"])
def test_noise_on_the_line_is_a_bad_reply(console: Callable[..., UnitConsole], noise: bytes) -> None:
    with pytest.raises(BadReply, match="expected text"):
        console({"version": b"version\r\n" + noise + b"\r\n> "}.get).read_text("version", r"(?s).*")


def test_an_answer_that_does_not_match_is_a_bad_reply_that_shows_it(
    console: Callable[..., UnitConsole],
) -> None:
    with pytest.raises(BadReply) as caught:
        console(ANSWERS.get).read_text("version", r"build (\d+)")
    assert "GW2 gateway, firmware 1.4.2" in str(caught.value)
    assert caught.value.sent == "version"


def test_a_unit_without_power_is_a_timeout(console: Callable[..., UnitConsole]) -> None:
    with pytest.raises(InstrumentTimeout, match=r"'version'"):
        console(lambda _line: None, timeout_s=0.2).read_text("version", ".*")


def test_a_pulled_adapter_is_unreachable(console: Callable[..., UnitConsole]) -> None:
    with pytest.raises(InstrumentUnreachable, match="gone"):
        console(lambda _line: CUT, timeout_s=30.0).read_text("version", ".*")


def test_expect_shows_what_came_instead(console: Callable[..., UnitConsole]) -> None:
    unit = console({"reset": b"panic: no flash\r\n"}.get)
    unit.send("reset")
    with pytest.raises(InstrumentTimeout, match="panic: no flash"):
        unit.expect("ready", timeout_s=0.3)


def test_expect_returns_the_match(console: Callable[..., UnitConsole]) -> None:
    unit = console({"reset": b"boot 3 of 3\r\nready\r\n"}.get)
    unit.send("reset")
    assert unit.expect(r"boot (\d)") == "3"
    assert unit.expect("ready") == "ready"


def test_waiting_for_the_prompt_outlasts_a_slow_start(console: Callable[..., UnitConsole]) -> None:
    nudges: list[str] = []

    def talk(line: str) -> bytes | None:
        nudges.append(line)
        return b"\r\n> " if len(nudges) == 3 else None

    console(talk).wait_for_prompt(timeout_s=20.0)
    assert nudges == ["", "", ""]


def test_waiting_for_the_prompt_ends_at_its_deadline(console: Callable[..., UnitConsole]) -> None:
    with pytest.raises(InstrumentTimeout):
        console(lambda _line: None).wait_for_prompt(timeout_s=0.4)


def test_a_prompt_of_the_unit_is_an_option(console: Callable[..., UnitConsole]) -> None:
    unit = console({"a": b"a\r\n> still the answer\r\ngw2> "}.get, prompt="gw2> ")
    assert unit.read_text("a", ".*answer$") == "> still the answer"


def test_a_console_has_no_identity_to_check(peers: Callable[[str, Talk], Peer]) -> None:
    peer = peers("pty", ANSWERS.get)
    with pytest.raises(RefusedSetting, match="no identity"):
        open_instrument(name="console", driver="console", resource=peer.resource, identity="GW2")


def test_identify_disturbs_no_unit(peers: Callable[[str, Talk], Peer]) -> None:
    peer = peers("pty", ANSWERS.get)
    assert isinstance(peer, PtyPeer)
    console = open_instrument(name="console", driver="console", resource=peer.resource)
    assert peer.resource in console.identify()
    console.make_safe()
    assert peer.heard == []
    console.close()


def test_a_pattern_that_is_none_is_refused(console: Callable[..., UnitConsole]) -> None:
    with pytest.raises(RefusedSetting, match="no regular expression"):
        console(ANSWERS.get).read_text("version", "(")
