"""Station and plan files as people write them, and one wrong thing in them at a time."""

from collections.abc import Mapping
from pathlib import Path

STATION = """\
[station]
name = "ST-1"
data = "data"
plan = "plan.toml"
floor_mb = 0

[panel]
port = 0

[instruments.dmm]
driver = "dmm"
resource = "TCPIP0::127.0.0.1::1::SOCKET"

[instruments.supply]
driver = "supply"
resource = "TCPIP0::127.0.0.1::1::SOCKET"
"""

PLAN = """\
[plan]
name = "gateway-fct"
version = "1"
part_number = "GW2"
operation = "FCT"

[[main]]
name = "Input voltage"
instrument = "dmm"
action = "measure_voltage"
measure = { name = "input_voltage", uom = "V", low = 11.8, high = 12.2 }

[[teardown]]
name = "Switch off"
instrument = "supply"
action = "output_off"
"""


def write_setup(folder: Path, station: str = STATION, plan: str = PLAN) -> Path:
    """Write both files; gives the station's."""
    folder.mkdir(exist_ok=True)
    (folder / "plan.toml").write_text(plan)
    (folder / "station.toml").write_text(station)
    return folder / "station.toml"


def station_with(
    instruments: Mapping[str, tuple[str, str]],
    *,
    server: str | None = None,
    more: str = "",
    timeout_s: float = 2.0,
    options: Mapping[str, str] | None = None,
) -> str:
    """Write a station of these instruments: name -> (driver, resource)."""
    text = STATION.partition("[instruments")[0] + more
    if server is not None:
        text += f'\n[server]\nurl = "{server}"\n'
    for name, (driver, resource) in instruments.items():
        text += (
            f'\n[instruments.{name}]\ndriver = "{driver}"\nresource = "{resource}"\ntimeout_s = {timeout_s}\n'
        )
        if options and name in options:
            text += f"options = {options[name]}\n"
    return text


def step(name: str, instrument: str, action: str, *, group: str = "main", **more: str) -> str:
    """Write one step of a plan; the values of `more` are TOML."""
    rest = "".join(f"{key} = {value}\n" for key, value in more.items())
    return f'[[{group}]]\nname = "{name}"\ninstrument = "{instrument}"\naction = "{action}"\n{rest}\n'


def plan_of(*steps: str, more: str = "") -> str:
    """Write a plan of these steps."""
    return PLAN.partition("[[main]]")[0].rstrip() + f"\n{more}\n\n" + "".join(steps)
