"""One seed is one schedule: what happens to stations, network and server, and what must hold afterwards."""

import random
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.simulator.network import Network
from tests.simulator.server import Kept, SimServer, Template
from tests.simulator.station import SimStation

STEPS = 16
ROUNDS = 60
SERIALS = tuple(f"GW2-{number:06d}" for number in range(1, 8))


class Broken(AssertionError):
    """The promise does not hold; the text says which part of it, with the seed."""


@dataclass(kw_only=True)
class World:
    """Everything one seed plays with."""

    seed: int
    root: Path
    chance: random.Random
    server: SimServer
    network: Network
    stations: list[SimStation]
    done: list[str] = field(default_factory=list)

    def play(self) -> None:
        """Let the schedule happen, then let everything be well again until nothing waits any more."""
        self.network.faults = self.chance.choice((0.0, 0.1, 0.3, 0.6))
        acts = list(_ACTS.items())
        names, weights = [name for name, _ in acts], [weight for _, (_, weight) in acts]
        for name in self.chance.choices(names, weights, k=STEPS):
            self.done.append(name)
            _ACTS[name][0](self)
        self._settle()

    def _settle(self) -> None:
        self.network.faults = 0.0
        self.server.die()
        self.server.start()
        while self.network.late:
            self.network.deliver_late()
        for station in self.stations:
            station.kill()
            station.start()
        for _ in range(ROUNDS):
            for station in self.stations:
                station.look()
            if not any(_waiting(station) for station in self.stations):
                return
        waiting = {station.folder.name: _waiting(station) for station in self.stations}
        raise Broken(f"seed {self.seed}: still waiting after {ROUNDS} rounds: {waiting}; {self.done}")

    def station(self) -> SimStation:
        """Pick one of the stations."""
        return self.chance.choice(self.stations)

    def close(self) -> None:
        """End every process."""
        for station in self.stations:
            station.kill()
        self.server.die()


def _waiting(station: SimStation) -> int:
    assert station.store is not None
    return station.store.outbox.backlog().pending


def _record(world: World) -> None:
    for _ in range(world.chance.randint(1, 3)):
        trouble = world.chance.choices(("", "killed", "commits", "fails"), (20, 1, 1, 2))[0]
        world.station().record(
            world.chance.choice(SERIALS),
            trouble=trouble,
            points=world.chance.choice((0, 0, 20, 300)),
            poison=world.chance.random() < 0.08,
        )


def _look(world: World) -> None:
    """Let one station sync; at no moment may it take for safe what the server's disk does not hold."""
    station = world.station()
    station.look()
    if station.store is not None and world.server.is_up:
        lacking = station.believed() - world.server.places()
        if lacking:
            raise Broken(f"seed {world.seed}: acknowledged and not there: {lacking}; {world.done}")


def _clone(world: World) -> None:
    if len(world.stations) < 4:
        copied = world.station().clone(world.root / f"clone-{len(world.stations)}")
        copied.start()
        world.stations.append(copied)


_ACTS: dict[str, tuple[Callable[[World], object], int]] = {
    "record": (_record, 30),
    "look": (_look, 40),
    "deliver late": (lambda world: world.network.deliver_late(), 6),
    "kill station": (lambda world: world.station().kill(), 5),
    "start station": (lambda world: world.station().start(), 10),
    "kill server": (lambda world: world.server.die(), 4),
    "start server": (lambda world: world.server.is_up or world.server.start(), 10),
    "back up": (lambda world: world.server.back_up(), 2),
    "restore": (lambda world: world.server.restore(world.chance.randrange(9)), 2),
    "image": (lambda world: world.station().take_image(), 2),
    "put back": (lambda world: world.station().put_back(world.chance.randrange(9)), 2),
    "clone": (_clone, 1),
}


def check(world: World) -> None:
    """Hold what the operators saw against what the server keeps. Raises Broken."""
    kept = world.server.kept()
    where = f"seed {world.seed}: "
    seen = {run_id: each for station in world.stations for run_id, each in station.seen.items()}
    left_open = {run_id: each for station in world.stations for run_id, each in station.left_open.items()}
    stopped = set().union(*(station.stopped for station in world.stations))
    lost = set().union(*(station.lost for station in world.stations))
    here = {str(run_id) for station in world.stations for (run_id,) in station.rows("SELECT run_id FROM run")}
    _check_runs(where, kept, seen, stopped, lost - here)
    _check_counts(where, kept, seen | {run_id: left_open[run_id] for run_id in stopped})
    if not kept.vectors <= kept.frames:
        raise Broken(f"{where}a run names a vector that the server does not have")
    for station in world.stations:
        _check_parked(where, station, seen)
    if not world.stations[0].network.server.was_restored:
        _check_gaps(where, kept, lost)


def _check_runs(where: str, kept: Kept, seen: dict, stopped: set[str], lost: set[str]) -> None:  # type: ignore[type-arg]
    times = Counter(run_id for run_id, _ in kept.runs)
    twice = [run_id for run_id, count in times.items() if count > 1]
    if twice:
        raise Broken(f"{where}stored twice: {twice}")
    digests = dict(kept.runs)
    for run_id, each in seen.items():
        if run_id in lost and run_id not in digests and run_id not in kept.quarantined:
            continue
        if each.poison:
            if run_id not in kept.quarantined or run_id in digests:
                raise Broken(f"{where}poison {run_id} is not in quarantine")
        elif digests.get(run_id) != each.digest:
            raise Broken(
                f"{where}a verdict was shown for {run_id}, and the server holds {digests.get(run_id)}"
            )
    unknown = digests.keys() - seen.keys() - stopped
    if unknown:
        raise Broken(f"{where}runs that nobody recorded: {unknown}")
    for run_id in stopped - lost - kept.quarantined:
        if run_id not in digests:
            raise Broken(f"{where}the stopped run {run_id} is gone")


def _check_counts(where: str, kept: Kept, seen: dict) -> None:  # type: ignore[type-arg]
    digests = dict(kept.runs)
    wanted = Counter(each.serial_number for run_id, each in seen.items() if each.counts and run_id in digests)
    if {serial: count for serial, count in kept.attempts.items() if count} != dict(wanted):
        raise Broken(f"{where}attempts are {kept.attempts}, and the runs say {dict(wanted)}")


def _check_parked(where: str, station: SimStation, seen: dict) -> None:  # type: ignore[type-arg]
    """What the server cannot take is set aside where people see it, and nothing else is."""
    states = {
        str(run_id): str(state) for run_id, state in station.rows("SELECT record_id, state FROM outbox")
    }
    parked = {run_id for run_id, state in states.items() if state == "parked"}
    poison = {run_id for run_id, each in seen.items() if each.poison and run_id in states}
    # A run that a restart closed is poison where its header was.
    if not poison <= parked <= poison | station.stopped:
        raise Broken(f"{where}set aside are {parked}, and poison are {poison}")


def _check_gaps(where: str, kept: Kept, lost: set[str]) -> None:
    if kept.gaps and not lost:
        raise Broken(f"{where}places that nobody fills: {kept.gaps}")


def run_seed(seed: int, template: Template, *, server_type: type[SimServer] = SimServer) -> World:
    """Play one seed from the template and check it. Raises Broken; gives the world, ended."""
    # One place for all seeds, one after the other: what belongs to a path is made once.
    root = template.folder.parent / "world"
    chance = random.Random(seed)
    shutil.copytree(template.folder, root / "server")
    server = server_type(root=root / "server")
    server.start()
    network = Network(server=server, chance=chance)
    stations = [
        SimStation(name=name, token=token, folder=root / name, network=network)
        for name, token in template.tokens.items()
    ]
    world = World(seed=seed, root=root, chance=chance, server=server, network=network, stations=stations)
    try:
        for station in stations:
            station.start()
        world.play()
        check(world)
    finally:
        world.close()
        shutil.rmtree(root)
    return world
