"""The bench put together: one world, its instruments on their wires, one control line."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lotline_drivers.bench.control import Control, serve_control
from lotline_drivers.bench.dut import PROMPT, Firmware
from lotline_drivers.bench.faults import Faults
from lotline_drivers.bench.instruments import SimulatedDmm, SimulatedOscilloscope, SimulatedSupply
from lotline_drivers.bench.physics import DEFAULT_DEFECTS
from lotline_drivers.bench.wires import GARBAGE, WRONG_IDENTITY, LineServer, PtyPort, serve_scpi, spoiled
from lotline_drivers.bench.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchSettings:
    """How a bench is set up; a port 0 takes a free one.

    folder:  where the ptys' symlinks and bench.json are put; made when missing
    defects: probability of each kind of defect, 0 to 1
    suffix, prefix: what the scanner puts after and before a scan
    parent_pid: end when this process, which started the bench, has ended; None: never mind
    """

    folder: Path
    seed: int = 0
    dmm_port: int = 0
    supply_port: int = 0
    scope_port: int = 0
    control_port: int = 0
    defects: Mapping[str, float] = field(default_factory=lambda: dict(DEFAULT_DEFECTS))
    suffix: bytes = b"\r"
    prefix: bytes = b""
    parent_pid: int | None = None


async def run_bench(settings: BenchSettings, stop: asyncio.Event) -> None:
    """Serve until `stop` is set; one JSON line on standard output says when and where.

    Ports, ptys and bench.json are gone on return.
    """
    folder = settings.folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    world = World(settings.seed, settings.defects)
    faults = Faults()
    dmm = SimulatedDmm(world)

    dmm_lines, console_lines = LineServer(), LineServer()
    dmm_pty = PtyPort(folder / "dmm", dmm_lines.hear)
    scanner_pty = PtyPort(folder / "scanner", lambda _heard: None)
    console_pty = PtyPort(folder / "console", lambda heard: console_lines.put(*firmware.hear(heard)))
    firmware = Firmware(world, console_pty.say)
    world.on_power = firmware.power

    async def answer_dmm(line: str) -> None:
        if (answer := dmm.answer(line)) is None:
            return
        is_identity = "*IDN?" in line.upper()
        said = await spoiled(
            answer, instrument="dmm", is_identity=is_identity, faults=faults, drop_link=dmm_pty.hang_up
        )
        if said is not None:
            dmm_pty.say(said + b"\r\n")

    async def answer_console(line: str) -> None:
        said = await spoiled(
            firmware.answer(line).encode(),
            instrument="console",
            is_identity=line.strip() == "version",
            faults=faults,
            drop_link=console_pty.hang_up,
        )
        if said in (GARBAGE, WRONG_IDENTITY):
            said += f"\r\n{PROMPT}".encode()
        if said is not None and world.now.is_running:
            console_pty.say(said)

    control = Control(world, faults, scanner_pty.say, suffix=settings.suffix, prefix=settings.prefix)
    servers = {
        "dmm": await serve_scpi(dmm, settings.dmm_port, faults),
        "supply": await serve_scpi(SimulatedSupply(world), settings.supply_port, faults),
        "oscilloscope": await serve_scpi(SimulatedOscilloscope(world), settings.scope_port, faults),
        "control": await serve_control(control, settings.control_port),
    }
    tasks = [
        asyncio.create_task(dmm_lines.serve(answer_dmm)),
        asyncio.create_task(console_lines.serve(answer_console)),
    ]
    if settings.parent_pid is not None:
        tasks.append(asyncio.create_task(_stop_with_parent(settings.parent_pid, stop)))
    described = folder / "bench.json"
    try:
        ready = json.dumps(_description(servers, folder, settings.seed))
        described.write_text(ready + "\n")
        print(ready, flush=True)
        await stop.wait()
    finally:
        for task in tasks:
            task.cancel()
        for server in servers.values():
            server.close()
        for port in (dmm_pty, scanner_pty, console_pty):
            port.close()
        described.unlink(missing_ok=True)


def _description(servers: Mapping[str, asyncio.Server], folder: Path, seed: int) -> dict[str, object]:
    ports = {name: server.sockets[0].getsockname()[1] for name, server in servers.items()}
    return {
        **{name: f"TCPIP0::127.0.0.1::{ports[name]}::SOCKET" for name in ("dmm", "supply", "oscilloscope")},
        "dmm_serial": str(folder / "dmm"),
        "console": str(folder / "console"),
        "scanner": str(folder / "scanner"),
        "control": f"127.0.0.1:{ports['control']}",
        "folder": str(folder),
        "seed": seed,
        "pid": os.getpid(),
    }


async def _stop_with_parent(parent_pid: int, stop: asyncio.Event) -> None:
    # An orphan is given another parent, so this holds even when the parent ended before the first look.
    while os.getppid() == parent_pid:
        await asyncio.sleep(0.25)
    stop.set()
