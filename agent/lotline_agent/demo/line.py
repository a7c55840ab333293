"""The demo's line: started in order, ended in reverse, whatever happens in between."""

from contextlib import ExitStack
from pathlib import Path
from secrets import token_urlsafe
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
ADMIN = "demo"


def configs() -> Path:
    """Give the example configurations: beside this file once installed, else the repository's."""
    packaged = Path(__file__).parent / "station_configs"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "station_configs"


class Line:
    """Server, bench and station in one folder. Ports of 0 take free ones.

    password: what `demo`, the server's only account, signs in with. token: an API token of it
    """

    def __init__(self, folder: Path, *, seed: int, server_port: int = 0, panel_port: int = 0) -> None:
        self.folder = folder
        self.station_data = folder / "station"
        self.config = folder / "station.toml"
        self._seed = seed
        self._server_port = server_port
        self._panel_port = panel_port
        self._stack = ExitStack()
        self.password = ""
        self.token = ""
        self.server: Child | None = None
        self.station: Child | None = None

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def _start(self) -> None:
        self._stack.callback(self._stop_children)
        data = ["--data", str(self.folder / "server")]
        self.password = token_urlsafe(12)
        add = ["account", "add", ADMIN, "--role", "admin", "--password-stdin", *data]
        command(SERVER, add, said=f"{self.password}\n")
        self.token = command(SERVER, ["token", "add", ADMIN, "--name", "demo", "--days", "1", *data]).strip()
        self.start_server()
        bench = self._stack.enter_context(BenchProcess(self.folder / "bench", seed=self._seed))
        self.bench = bench.bench
        command(SERVER, ["part", "add", PART, "--name", "Gateway board", "--prefix", "GW2-", *data])
        code = command(SERVER, ["station", "add", STATION, *data]).strip().splitlines()[-1]
        self._write_config(bench.resources)
        command(AGENT, ["pair", str(self.config), code])
        self.start_station()

    def start_server(self) -> None:
        """Start the lot server, on the same port as before where it ran before."""
        arguments = ["run", "--data", str(self.folder / "server"), "--port", str(self._server_port)]
        self.server = Child("server", SERVER, arguments, self.folder / "server.log")
        self.server_url = self.server.wait_for(r"(http://127\.0\.0\.1:\d+)")
        self._server_port = int(self.server_url.rpartition(":")[2])

    def start_station(self) -> None:
        """Start the station and look at its panel."""
        self.station = Child("station", AGENT, ["run", str(self.config)], self.folder / "station.log")
        self.panel_address = self.station.wait_for(r"(http://127\.0\.0\.1:\d+/\?token=\S+)")
        self.watcher = PanelWatcher(self.panel_address)

    def kill_server(self) -> None:
        """End the server as a power cut would."""
        if self.server is not None:
            self.server.kill()

    def kill_station(self) -> None:
        """End the station as a power cut would."""
        if self.station is not None:
            self.station.kill()
            self.watcher.close()

    def _stop_children(self) -> None:
        if self.station is not None:
            self.station.stop()
            self.watcher.close()
        if self.server is not None:
            self.server.stop()

    def _write_config(self, resources: dict[str, object]) -> None:
        template = (configs() / "demo" / "station.toml").read_text(encoding="utf-8")
        addresses = {key: str(value) for key, value in resources.items()}
        text = template.format(
            plan=(configs() / "plans" / "gateway-fct.toml").as_posix(),
            server=self.server_url,
            panel_port=self._panel_port,
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
        return bool(self._ask_station("SELECT instr(snapshot, ?) FROM facts", serial_number.encode()))

    def all_sealed(self) -> bool:
        """Tell whether every vector of the station stands in its archive."""
        unsealed = "SELECT 1 FROM frame LEFT JOIN archive USING (run) WHERE archive.run IS NULL LIMIT 1"
        return not self._ask_station(unsealed)

    def _ask_station(self, query: str, *parameters: object) -> object:
        connection = open_reader(self.station_data / DATABASE_NAME)
        try:
            row = connection.execute(query, parameters).fetchone()
        finally:
            connection.close()
        return row[0] if row else None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()
