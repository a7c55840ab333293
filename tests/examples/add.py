"""Add an example record or frame: `python tests/examples/add.py FILE`. None is ever written over."""

import hashlib
import sys
from pathlib import Path

from lotline_contract.frames import FrameError, decode_frame
from lotline_contract.record import RecordError, encode_record, parse_event, parse_run

FOLDER = Path(__file__).parent / "v1"


def prove(name: str, data: bytes) -> None:
    """Raise ValueError unless these bytes are what the name says, in the form that we write ourselves."""
    if name.endswith(".frame"):
        decode_frame(data)
        return
    if not name.endswith((".run.json", ".event.json")):
        raise ValueError(f"{name}: a name ends in .run.json, .event.json or .frame")
    record = parse_run(data) if name.endswith(".run.json") else parse_event(data)
    if encode_record(record) != data:
        raise ValueError(f"{name}: its bytes are not those that an agent would write")


def add(source: Path) -> str:
    """Copy a proven file into the examples and note its digest; FileExistsError where the name is taken."""
    data = source.read_bytes()
    prove(source.name, data)
    with (FOLDER / source.name).open("xb") as file:
        file.write(data)
    line = f"{hashlib.sha256(data).hexdigest()}  {source.name}\n"
    with (FOLDER / "SHA256SUMS").open("a", encoding="ascii", newline="\n") as sums:
        sums.write(line)
    return line


if __name__ == "__main__":
    try:
        for argument in sys.argv[1:] or sys.exit("which file? python tests/examples/add.py FILE …"):
            print(add(Path(argument)), end="")
    except (OSError, RecordError, FrameError, ValueError) as error:
        sys.exit(str(error))
