"""The unit on the bench, without any wire."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lotline_drivers.bench.physics import (
    DEFECTS,
    UNDERVOLTAGE_LOCKOUT_V,
    Drive,
    make_unit,
    operate,
    ripple_waveform,
)

serial_numbers = st.text(min_size=1, max_size=20)
seeds = st.integers(0, 2**32)
NONE = dict.fromkeys(DEFECTS, 0.0)
volts = st.floats(0.0, 30.0)
amperes = st.floats(0.0, 3.0)


@given(seed=seeds, serial_number=serial_numbers)
def test_the_same_seed_and_serial_number_are_the_same_unit(seed: int, serial_number: str) -> None:
    assert make_unit(seed, serial_number) == make_unit(seed, serial_number)


def test_units_differ() -> None:
    units = [make_unit(7, f"GW2-{number:05d}", NONE) for number in range(100)]
    assert len({unit.rail_3v3_v for unit in units}) == 100
    assert make_unit(8, "GW2-00001", NONE).rail_3v3_v != make_unit(7, "GW2-00001", NONE).rail_3v3_v


@given(seed=seeds, serial_number=serial_numbers)
def test_a_unit_without_defects_lies_within_good_limits(seed: int, serial_number: str) -> None:
    unit = make_unit(seed, serial_number, NONE)
    now = operate(unit, Drive(voltage_v=12.0, current_limit_a=0.5, is_on=True))
    assert now.is_running
    assert abs(now.rail_5v0_v - 5.0) < 0.05
    assert abs(now.rail_3v3_v - 3.3) < 0.033
    assert 0.15 < now.input_a < 0.21
    assert now.ripple_vpp < 0.025
    assert unit.firmware == "1.4.2"


@pytest.mark.parametrize("kind", DEFECTS)
def test_each_defect_shows_where_it_is_measured_and_nowhere_else(kind: str) -> None:
    drive = Drive(voltage_v=12.0, current_limit_a=0.5, is_on=True)
    good, bad = make_unit(7, "A", NONE), make_unit(7, "A", {kind: 1.0})
    assert bad.defects == (kind,)
    before, now = operate(good, drive), operate(bad, drive)
    assert (now.rail_3v3_v < 3.1) == (kind == "low_3v3")
    assert (now.ripple_vpp > 0.05) == (kind == "excess_ripple")
    assert (bad.firmware != good.firmware) == (kind == "wrong_firmware")
    assert (now.input_a == 0.5) == (kind == "high_current")
    assert (now.input_v < before.input_v) == (kind == "high_current")


def test_defects_are_as_frequent_as_asked_for() -> None:
    units = [make_unit(7, f"GW2-{number:05d}", dict.fromkeys(DEFECTS, 0.1)) for number in range(2000)]
    for kind in DEFECTS:
        assert 140 < sum(kind in unit.defects for unit in units) < 260


@given(voltage_v=volts, current_limit_a=amperes, is_on=st.booleans(), seed=seeds)
def test_a_supply_never_gives_more_than_it_is_set_to(
    voltage_v: float, current_limit_a: float, is_on: bool, seed: int
) -> None:
    drive = Drive(voltage_v=voltage_v, current_limit_a=current_limit_a, is_on=is_on)
    now = operate(make_unit(seed, "A"), drive)
    assert 0.0 <= now.input_v <= voltage_v
    assert 0.0 <= now.input_a <= max(current_limit_a, 0.002)
    assert now.is_running == (is_on and now.input_v >= UNDERVOLTAGE_LOCKOUT_V)
    if not now.is_running:
        assert (now.rail_5v0_v, now.rail_3v3_v, now.ripple_vpp) == (0.0, 0.0, 0.0)
    if not is_on:
        assert (now.input_v, now.input_a) == (0.0, 0.0)


def test_an_empty_fixture_draws_nothing() -> None:
    now = operate(None, Drive(voltage_v=12.0, is_on=True))
    assert (now.input_v, now.input_a, now.is_running) == (12.0, 0.0, False)


@pytest.mark.parametrize("ripple_vpp", [0.018, 0.095])
def test_the_waveform_has_the_ripple_of_the_unit(ripple_vpp: float) -> None:
    waveform = ripple_waveform(ripple_vpp, 10_000, np.random.default_rng(1))
    found = float(waveform.values.max() - waveform.values.min())
    assert found == pytest.approx(ripple_vpp, rel=0.15)
    assert waveform.codes.dtype == np.dtype("<i2")


def test_the_digitiser_has_twelve_bits_and_stops_at_its_ends() -> None:
    codes = ripple_waveform(5.0, 10_000, np.random.default_rng(1)).codes
    assert (int(codes.min()), int(codes.max())) == (-2048, 2047)
