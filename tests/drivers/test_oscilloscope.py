"""From preamble and block to integer codes with their scale."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest

from lotline_drivers.errors import BadReply, InstrumentReportedError, RefusedSetting
from lotline_drivers.oscilloscope import Oscilloscope
from lotline_drivers.readings import Waveform

from .conftest import Transcribed

NO_ERROR = ("SYST:ERR?", '+0,"No error"')
CODES = np.array([-2048, -1, 0, 10, 2573, 2047], dtype="<i2")


def _capture(preamble: str, block: bytes, points: int = len(CODES)) -> list[tuple[str, str | bytes | None]]:
    setup = f":WAV:SOUR CHAN1;:WAV:FORM WORD;:WAV:BYT LSBF;:WAV:UNS 0;:WAV:POIN {points}"
    return [
        (setup, None),
        NO_ERROR,
        (":DIG CHAN1;*OPC?", "1"),
        (":WAV:PRE?", preamble),
        (":WAV:DATA?", block + b"\n"),
    ]


def _block(payload: bytes) -> bytes:
    return f"#8{len(payload):08d}".encode() + payload


def test_codes_stay_integers_with_scale_offset_and_time_axis(transcribed: Transcribed) -> None:
    lines = _capture("1,0,6,1,1E-07,-5E-06,2,0.01,1.5,100", _block(CODES.tobytes()))
    waveform = cast(Oscilloscope, transcribed("oscilloscope", lines)).capture(points=6)
    assert waveform == Waveform(
        codes=CODES, scale=0.01, offset=1.5 - 100 * 0.01, uom="V", x0=-5e-06 - 2e-07, dx=1e-07, x_uom="s"
    )
    assert waveform.codes.dtype == np.dtype("<i2")
    assert waveform.values[3] == 10 * 0.01 + 0.5
    with pytest.raises(ValueError, match="read-only"):
        waveform.codes[0] = 1


def test_an_eight_bit_instrument_gives_int8_codes(transcribed: Transcribed) -> None:
    lines = _capture("0,0,3,1,1,0,0,1,0,0", _block(b"\x80\x0a\x7f"), points=3)
    waveform = cast(Oscilloscope, transcribed("oscilloscope", lines)).capture(points=3)
    assert waveform.codes.dtype == np.dtype("int8")
    assert waveform.codes.tolist() == [-128, 10, 127]


@pytest.mark.parametrize(
    ("preamble", "payload"),
    [
        ("1,0,6,1,1,0,0,1,0,0", CODES.tobytes()[:-1]),
        ("1,0,6,1,1,0,0,1,0,0", CODES.tobytes()[:-2]),
        ("1,0,6,1,1,0,0,1,0,0", b""),
        ("1,0,5,1,1,0,0,1,0,0", CODES.tobytes()),
        ("0,0,6,1,1,0,0,1,0,0", CODES.tobytes()),
    ],
)
def test_a_block_that_does_not_agree_with_what_was_asked_is_a_bad_reply(
    transcribed: Transcribed, preamble: str, payload: bytes
) -> None:
    scope = cast(Oscilloscope, transcribed("oscilloscope", _capture(preamble, _block(payload))))
    with pytest.raises(BadReply, match="for 6 points"):
        scope.capture(points=6)


@pytest.mark.parametrize(
    "preamble",
    [
        "1,0,6",
        "abc",
        "1,0,6,1,nan,0,0,1,0,0",
        "1,0,6,1,0,0,0,1,0,0",
        "4,0,6,1,1,0,0,1,0,0",
        "1,0,6,1,1,0,0,1,0,0,9",
    ],
)
def test_a_preamble_that_cannot_be_understood_is_a_bad_reply(transcribed: Transcribed, preamble: str) -> None:
    scope = cast(Oscilloscope, transcribed("oscilloscope", _capture(preamble, b"")[:-1]))
    with pytest.raises(BadReply, match="WAV:PRE"):
        scope.capture(points=6)


def test_a_number_of_points_the_instrument_refuses_is_an_error(transcribed: Transcribed) -> None:
    lines = [*_capture("", b"", points=7)[:1], ("SYST:ERR?", '-222,"Data out of range"'), NO_ERROR]
    with pytest.raises(InstrumentReportedError, match="Data out of range"):
        cast(Oscilloscope, transcribed("oscilloscope", lines)).capture(points=7)


@pytest.mark.parametrize("points", [0, -1, True, 1.5, 10**9])
def test_a_number_of_points_that_is_none_is_refused_and_not_sent(
    transcribed_bare: Transcribed, points: int
) -> None:
    with pytest.raises(RefusedSetting, match="points"):
        cast(Oscilloscope, transcribed_bare("oscilloscope", [])).capture(points=points)


@pytest.mark.parametrize("codes", [np.zeros((2, 2), "<i2"), np.zeros(2, "<f8"), np.zeros(2, ">i2")])
def test_a_waveform_holds_one_row_of_little_endian_integers(codes: np.ndarray) -> None:
    with pytest.raises(ValueError, match="codes"):
        Waveform(codes=codes, scale=1.0, offset=0.0, uom="V", x0=0.0, dx=1.0)
