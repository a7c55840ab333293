"""The demo's line: started in order, ended in reverse, whatever happens in between."""

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from lotline_agent.demo.processes import Child, command
from lotline_agent.demo.watcher import PanelWatcher
from lotline_agent.store.database import open_reader
from lotline_agent.store.station_store import DATABASE_NAME
from lotline_drivers.bench.process import BenchProcess

STATION = "FCT-01"
PART = "GW2"
SERVER = "lotline_server"
AGENT = "lotline_agent"


def configs() -> Path:
    """Give the example configurations: beside this file once installed, else the repository's."""
    packaged = Path(__file__).parent / "station_configs"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "station_configs"


class Line:
    """Server, bench and station in one folder. Ports of 0 take free ones."""

    def __init__(self, folder: Path, *, seed: int, server_port: int = 0, panel_port: int = 0) -> None:
        self.folder = folder
        self.station_data = folder / "station"
        self.config = folder / "station.toml"
        self._seed = seed
        self._ports = server_port, panel_port
        self._stack = ExitStack()
        self.server: Child
        self.station: Child

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def _start(self) -> None:
        data = ["--data", str(self.folder / "server")]
        self.server = self._child("server", SERVER, ["run", *data, "--port", str(self._ports[0])])
        self.server_url = self.server.wait_for(r"(http://127\.0\.0\.1:\d+)")
        bench = self._stack.enter_context(BenchProcess(self.folder / "bench", seed=self._seed))
        self.bench = bench.bench
        command(SERVER, ["part", "add", PART, "--name", "Gateway board", "--prefix", "GW2-", *data])
        code = command(SERVER, ["station", "add", STATION, *data]).strip().splitlines()[-1]
        self._write_config(bench.resources)
        command(AGENT, ["pair", str(self.config), code])
        self.station = self._child("station", AGENT, ["run", str(self.config)])
        self.panel_address = self.station.wait_for(r"(http://127\.0\.0\.1:\d+/\?token=\S+)")
        self.watcher = self._stack.enter_context(PanelWatcher(self.panel_address))

    def _child(self, name: str, module: str, arguments: list[str]) -> Child:
        child = Child(name, module, arguments, self.folder / f"{name}.log")
        self._stack.callback(child.stop)
        return child

    def _write_config(self, resources: dict[str, object]) -> None:
        template = (configs() / "demo" / "station.toml").read_text(encoding="utf-8")
        addresses = {key: str(value) for key, value in resources.items()}
        text = template.format(
            plan=(configs() / "plans" / "gateway-fct.toml").as_posix(),
            server=self.server_url,
            panel_port=self._ports[1],
            **addresses,
        )
        self.config.write_text(text, encoding="utf-8")

    def create_lot(self, lot: str, target: int) -> list[str]:
        """Create a lot with all its serial numbers at the running server; gives them."""
        data = ["--data", str(self.folder / "server")]
        counts = ["--target", str(target), "--serials", str(target)]
        output = command(
            SERVER, ["lot", "create", lot, "--part", PART, *counts, "--project", "Gateway 2", *data]
        )
        return output.split()

    def station_knows(self, serial_number: str) -> bool:
        """Tell whether the station has heard of this unit."""
        connection = open_reader(self.station_data / DATABASE_NAME)
        try:
            row = connection.execute(
                "SELECT instr(snapshot, ?) FROM facts", (serial_number.encode(),)
            ).fetchone()
        finally:
            connection.close()
        return bool(row and row[0])

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()
