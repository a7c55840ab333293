"""The power supply: what it is told, and that off means proven off."""

from __future__ import annotations

import math
from typing import cast

import pytest

from lotline_drivers.errors import InstrumentReportedError, NotSafe, RefusedSetting
from lotline_drivers.supply import Supply

from .conftest import Transcribed

NO_ERROR = ("SYST:ERR?", '+0,"No error"')


def test_the_current_limit_is_set_before_the_voltage(transcribed: Transcribed) -> None:
    lines = [("CURR 0.5,(@1)", None), NO_ERROR, ("VOLT 12.0,(@1)", None), NO_ERROR]
    cast(Supply, transcribed("supply", lines)).set_output(12, 0.5)


def test_a_value_the_supply_refuses_is_an_error(transcribed: Transcribed) -> None:
    refusal = ("SYST:ERR?", '-222,"Data out of range"')
    lines = [("CURR 0.5,(@1)", None), NO_ERROR, ("VOLT 99.0,(@1)", None), refusal, NO_ERROR]
    with pytest.raises(InstrumentReportedError, match="Data out of range"):
        cast(Supply, transcribed("supply", lines)).set_output(99.0, 0.5)


def test_outputs_are_switched_and_measured_by_channel(transcribed: Transcribed) -> None:
    lines = [
        ("OUTP ON,(@2)", None),
        NO_ERROR,
        ("MEAS:VOLT? (@2)", "+12.01"),
        ("MEAS:CURR? (@2)", "0.18"),
        ("OUTP OFF,(@2)", None),
        NO_ERROR,
    ]
    supply = cast(Supply, transcribed("supply", lines, options={"channels": 3}))
    supply.output_on(2)
    assert (supply.measure_voltage(2), supply.measure_current(2)) == (12.01, 0.18)
    supply.output_off(2)


def _safe(*states: tuple[str, str | None]) -> list[tuple[str, str | bytes | None]]:
    """What make_safe says: it switches off first and asks who is there later."""
    off = [(f"OUTP OFF,(@{index})", None) for index in range(1, len(states) + 1)]
    return [*off, ("*IDN?", "M,PSU,1,2"), ("*CLS", None), *states]


@pytest.mark.parametrize("state", ["0", "OFF", "off", " 0 "])
def test_make_safe_switches_every_output_off_before_anything_else_and_reads_each_back(
    transcribed_bare: Transcribed, state: str
) -> None:
    lines = _safe(("OUTP? (@1)", state), ("OUTP? (@2)", state))
    transcribed_bare("supply", lines, options={"channels": 2}).make_safe()


@pytest.mark.parametrize("state", ["1", "ON", "", "abc", "00"])
def test_an_output_that_does_not_read_as_off_is_not_safe(transcribed_bare: Transcribed, state: str) -> None:
    with pytest.raises(NotSafe, match="Do not touch the unit"):
        transcribed_bare("supply", _safe(("OUTP? (@1)", state))).make_safe()


def test_the_second_output_is_read_back_although_the_first_is_still_on(transcribed_bare: Transcribed) -> None:
    lines = _safe(("OUTP? (@1)", "1"), ("OUTP? (@2)", "0"))
    with pytest.raises(NotSafe, match="output 1 reads '1'") as caught:
        transcribed_bare("supply", lines, options={"channels": 2}).make_safe()
    assert "output 2" not in str(caught.value)


def test_an_output_that_cannot_be_read_back_is_not_safe(transcribed_bare: Transcribed) -> None:
    lines = _safe(("OUTP? (@1)", None))
    with pytest.raises(NotSafe, match="could not be read back"):
        transcribed_bare("supply", lines, timeout_s=0.5).make_safe()


@pytest.mark.parametrize(
    ("voltage_v", "current_limit_a"),
    [(math.nan, 1.0), (math.inf, 1.0), (-1.0, 1.0), (12.0, math.nan), (True, 1.0), ("12", 1.0)],
)
def test_a_setting_that_is_no_amount_is_refused_and_not_sent(
    transcribed_bare: Transcribed, voltage_v: float, current_limit_a: float
) -> None:
    with pytest.raises(RefusedSetting, match="finite"):
        cast(Supply, transcribed_bare("supply", [])).set_output(voltage_v, current_limit_a)


def test_a_channel_the_supply_does_not_have_is_refused(transcribed_bare: Transcribed) -> None:
    with pytest.raises(RefusedSetting, match="above the last one, 1"):
        cast(Supply, transcribed_bare("supply", [])).output_on(2)
