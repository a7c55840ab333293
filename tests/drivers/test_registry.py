"""Names, options and resource strings."""

from __future__ import annotations

import inspect
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from lotline_drivers.capabilities import actions_of
from lotline_drivers.dmm import Dmm
from lotline_drivers.errors import InstrumentUnreachable, RefusedSetting, UnknownDriver
from lotline_drivers.readings import Waveform
from lotline_drivers.registry import driver_class, driver_names, open_instrument
from lotline_drivers.serial_line import serial_port_of

from .conftest import Peer, Talk


def test_an_unknown_driver_lists_the_known_and_guesses() -> None:
    with pytest.raises(UnknownDriver) as caught:
        open_instrument(name="meter", driver="dnm", resource="/dev/null")
    assert str(caught.value).startswith("meter: there is no driver 'dnm', did you mean 'dmm'")
    assert set(caught.value.known) >= {"console", "dmm", "oscilloscope", "scpi", "supply"}


def test_an_unknown_option_is_refused_before_anything_is_opened() -> None:
    with pytest.raises(RefusedSetting, match="did you mean 'channels'"):
        open_instrument(name="psu", driver="supply", resource="/dev/null", options={"chanels": 2})


@pytest.mark.parametrize(
    "options", [{"baud_rate": 0}, {"baud_rate": True}, {"write_ending": "\n"}, {"read_ending": "NUL"}]
)
def test_an_option_out_of_range_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(RefusedSetting):
        open_instrument(name="dmm", driver="dmm", resource="/dev/null", options=options)


def test_an_identity_that_is_no_pattern_is_refused(peers: Callable[[str, Talk], Peer]) -> None:
    peer = peers("tcp", lambda _line: None)
    with pytest.raises(RefusedSetting, match="no regular expression"):
        open_instrument(name="dmm", driver="dmm", resource=peer.resource, identity="(")


def test_opening_where_nobody_listens_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(InstrumentUnreachable, match=f"nobody listens on 127.0.0.1:{port}"):
        open_instrument(name="dmm", driver="dmm", resource=f"TCPIP0::127.0.0.1::{port}::SOCKET")


@pytest.mark.parametrize(
    ("resource", "port"),
    [
        ("/dev/ttyUSB0", "/dev/ttyUSB0"),
        ("/run/bench/dmm", "/run/bench/dmm"),
        ("bench/dmm", "bench/dmm"),
        ("COM3", "COM3"),
        ("ASRL/dev/ttyACM1::INSTR", "/dev/ttyACM1"),
        ("asrl/dev/ttyACM1", "/dev/ttyACM1"),
        ("ASRL3::INSTR", "/dev/ttyS2"),
        ("TCPIP0::10.0.0.5::5025::SOCKET", None),
        ("USB0::0x1234::0x5678::A/1::INSTR", None),
        ("GPIB0::22::INSTR", None),
    ],
)
def test_a_resource_says_by_itself_whether_it_is_serial(resource: str, port: str | None) -> None:
    assert serial_port_of(resource) == port


def _offer(folder: Path, entry: str) -> None:
    described = folder / "acme_drivers-1.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-drivers\nVersion: 1.0\n")
    (described / "entry_points.txt").write_text(f"[lotline.drivers]\n{entry}\n")


def test_an_installed_package_can_offer_a_driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _offer(tmp_path, "acme = lotline_drivers.dmm:Dmm")
    monkeypatch.syspath_prepend(tmp_path)
    assert "acme" in driver_names()
    assert driver_class("acme") is Dmm


@pytest.mark.parametrize("entry", ["acme = acme_not_there:X", "acme = math:nothing", "acme = math:pi"])
def test_a_package_that_cannot_be_loaded_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: str
) -> None:
    _offer(tmp_path, entry)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(RefusedSetting, match="acme"):
        driver_class("acme")


def test_a_plan_can_be_checked_without_opening_anything() -> None:
    signature = actions_of(driver_class("supply"))["set_output"]
    bound = signature.bind(voltage_v=12.0, current_limit_a=1.0)
    assert bound.arguments == {"voltage_v": 12.0, "current_limit_a": 1.0}
    with pytest.raises(TypeError):
        signature.bind(voltage=12.0)
    assert actions_of(driver_class("oscilloscope"))["capture"].return_annotation is Waveform


@pytest.mark.parametrize("driver", driver_names())
def test_every_driver_keeps_the_rules_of_the_house(driver: str) -> None:
    """It identifies, makes safe and closes; its actions are documented, annotated, and called by name."""
    cls = driver_class(driver)
    for needed in ("open", "identify", "make_safe", "close"):
        assert callable(getattr(cls, needed))
        assert inspect.getdoc(getattr(cls, needed)), f"{needed} says what it does"
    actions = actions_of(cls)
    assert actions, "a driver without actions cannot be used in a plan"
    assert not actions.keys() & {"open", "identify", "make_safe", "close"}
    for name, signature in actions.items():
        assert not name.startswith("_")
        assert inspect.getdoc(getattr(cls, name)), f"{name} says what it does"
        assert signature.return_annotation in (float, bool, str, Waveform, None), name
        for parameter in signature.parameters.values():
            assert parameter.annotation is not parameter.empty, f"{name}({parameter.name})"
            assert parameter.kind is parameter.POSITIONAL_OR_KEYWORD
