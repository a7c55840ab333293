"""Units of measure that a limit may carry: SI symbols as they are printed, and a few of the trade's own."""

import difflib
import unicodedata

UOMS = frozenset(
    {
        "1", "%", "ppm", "dB", "dBm", "dBc", "dBV",
        "V", "kV", "mV", "µV", "nV",
        "A", "mA", "µA", "nA", "pA", "W", "kW", "mW", "µW", "Ω", "mΩ", "kΩ", "MΩ", "GΩ",
        "F", "mF", "µF", "nF", "pF", "H", "mH", "µH", "nH", "S", "mS",
        "Hz", "kHz", "MHz", "GHz", "s", "ms", "µs", "ns", "ps", "min", "h", "°C", "K", "°", "rad",
        "m", "mm", "µm", "nm", "kg", "g", "mg", "N", "mN", "Nm", "Pa", "kPa", "MPa", "bar", "mbar",
        "l", "ml", "l/min",
        "lx", "lm", "cd", "C", "mC", "µC", "Ah", "mAh", "Wh", "mWh", "J", "mJ", "T", "mT",
        "V/s", "V/µs", "A/µs", "V/V", "rpm", "bit", "byte", "px", "count",
    }
)  # fmt: skip

_SPELLINGS = {
    "ohm": "Ω", "ohms": "Ω", "kohm": "kΩ", "mohm": "mΩ", "Mohm": "MΩ",
    "uV": "µV", "uA": "µA", "uF": "µF", "uH": "µH", "us": "µs", "uW": "µW", "um": "µm",
    "μV": "µV", "μA": "µA", "μF": "µF", "μH": "µH", "μs": "µs", "μW": "µW", "μm": "µm",
    "volt": "V", "volts": "V", "amp": "A", "amps": "A", "degC": "°C", "deg": "°", "Vpp": "V", "mVpp": "mV",
    "": "1",
}  # fmt: skip


class UnknownUom(ValueError):
    """A uom that is not in the list; the message names the nearest ones."""


def check_uom(text: str) -> str:
    """Give back the symbol in its normal form, or raise UnknownUom with what was probably meant."""
    symbol = unicodedata.normalize("NFC", text)
    if symbol in UOMS:
        return symbol
    meant = _SPELLINGS.get(symbol)
    near = [meant] if meant else difflib.get_close_matches(symbol, UOMS, n=3, cutoff=0.5)
    hint = f'; did you mean "{", ".join(near)}"?' if near else ""
    raise UnknownUom(f'"{text}" is not a known uom{hint}')
