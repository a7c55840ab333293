"""The sync in the background: APScheduler wakes it, the outbox says what is due."""

import logging
import shutil
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from lotline_agent.ports import SyncView
from lotline_agent.store.clock import utc_now
from lotline_agent.store.outbox import Ranges
from lotline_agent.store.station_store import StationStore
from lotline_agent.sync.client import (
    RequestRejected,
    ServerAway,
    ServerChanged,
    ServerClient,
    ServerRefuses,
    SyncError,
)
from lotline_agent.sync.sender import Sender, back_off_s
from lotline_agent.version import AGENT_VERSION
from lotline_contract.wire import PROTOCOL, EpochState, Hello

_EPOCHS_AT_ONCE = 500
"""A server takes a thousand epochs in one greeting; a station can have had more lives than that."""

_OVERDUE_PERIODS = 5
"""After so many periods without a look, somebody has to nudge."""

_log = structlog.get_logger("sync")


class SyncWorker:
    """Keeps the server up to date, and the station's facts with it, for as long as it is started.

    period_s: how often it looks by itself; `wake` makes it look now
    wait_s: how long to wait after so many failures. refused_s: how long after the server refused the station
    """

    def __init__(
        self,
        store: StationStore,
        client: ServerClient,
        show: Callable[[SyncView], None],
        *,
        period_s: float = 2.0,
        wait_s: Callable[[int], float] = back_off_s,
        refused_s: float = 30.0,
    ) -> None:
        self._store = store
        self._client = client
        self._sender = Sender(store.database, store.outbox, store.archive, client, wait_s=wait_s)
        self._show = show
        self._period_s = period_s
        self._wait_s = wait_s
        self._refused_s = refused_s
        self._scheduler = BackgroundScheduler(
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}, timezone=UTC
        )
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._looked_at = time.monotonic()
        self._greeted = False
        self._failures = 0
        self._next_try = 0.0
        self._away_since: str | None = None
        self._trouble: SyncError | None = None

    def start(self) -> None:
        """Begin; returns at once."""
        self._scheduler.add_job(
            self._work, "interval", seconds=self._period_s, id="sync", next_run_time=datetime.now(UTC)
        )
        self._scheduler.start()

    def wake(self) -> None:
        """Look at the outbox now. Never blocks, never fails; called when a run was closed."""
        self._woken.set()
        job = self._scheduler.get_job("sync") if self._scheduler.running else None
        if job is not None:
            job.modify(next_run_time=datetime.now(UTC))

    def nudge(self) -> None:
        """Look now if nobody has for a while: a wall clock that was put back holds the scheduler as long."""
        if time.monotonic() - self._looked_at > _OVERDUE_PERIODS * self._period_s:
            self.wake()

    def stop(self) -> None:
        """End; a request under way is waited for."""
        self._stopping.set()
        self._scheduler.shutdown(wait=True)
        self._client.close()

    def _work(self) -> None:
        while not self._stopping.is_set():
            self._looked_at = time.monotonic()
            self._woken.clear()
            if time.monotonic() >= self._next_try:
                self.try_once()
            self._show(self._status())
            if not self._woken.is_set() or time.monotonic() < self._next_try:
                return

    def try_once(self) -> None:
        """The sync's rim: whatever happens, the outbox keeps what was not acknowledged."""
        try:
            self._sync()
        except ServerChanged as error:
            self._greeted = False
            self._woken.set()
            _log.warning("server_changed", reason=str(error))
        except (ServerRefuses, RequestRejected) as error:
            self._greeted = False
            self._trouble, self._next_try = error, time.monotonic() + self._refused_s
            _log.warning("sync_refused", reason=str(error))
        except ServerAway as error:
            self._failures += 1
            self._greeted = False
            self._trouble = error
            self._away_since = self._away_since or datetime.now().astimezone().strftime("%H:%M")
            delay = self._wait_s(self._failures) if error.retry_after_s is None else error.retry_after_s
            self._next_try = time.monotonic() + delay
            _log.info("server_away", reason=str(error), retry_in_s=round(delay, 1))
        except Exception as error:  # noqa: BLE001 - the rim: the next attempt may go well, and nothing is lost
            self._greeted = False
            self._next_try = time.monotonic() + self._wait_s(self._failures)
            _log.error("trouble_in_sync", reason=f"{type(error).__name__}: {error}")
        else:
            self._failures, self._next_try = 0, 0.0
            self._trouble = self._away_since = None

    def _sync(self) -> None:
        if not self._greeted:
            self._hello()
        while not self._stopping.is_set() and self._sender.send_due():
            self._show(self._status())
        self._fetch_facts()

    def _hello(self) -> None:
        """Compare what both sides hold; what the server lacks is offered again.

        All epochs, each time: a server put back from a copy of its folder does not know that it was.
        """
        outbox = self._store.outbox
        epochs = outbox.epochs()
        have: dict[str, Ranges] = {}
        for start in range(0, len(epochs), _EPOCHS_AT_ONCE):
            answer = self._client.hello(self._greeting(epochs[start : start + _EPOCHS_AT_ONCE]))
            if start and answer.server_generation != outbox.generation:
                raise ServerChanged("another server answered than the one that was greeted first")
            outbox.generation = answer.server_generation
            have |= answer.have
        outbox.clock_skew_s = _skew_s(answer.clock)
        found = outbox.reconcile(have)
        if found.offered or found.lost:
            _log.warning("server_lacks_records", offered_again=found.offered, nobody_holds=found.lost)
        if self._away_since is not None:
            outbox.release_postponed()
        self._sender.limits = answer.limits
        self._greeted = True

    def _greeting(self, epochs: list[EpochState]) -> Hello:
        backlog = self._store.outbox.backlog()
        return Hello(
            protocols=(PROTOCOL, PROTOCOL),
            records=(1, 1),
            epochs=tuple(epochs),
            agent_version=AGENT_VERSION,
            clock=utc_now(),
            pending=backlog.pending,
            parked=backlog.parked,
            oldest_pending_s=backlog.oldest_s,
            free_bytes=shutil.disk_usage(self._store.folder).free,
        )

    def _fetch_facts(self) -> None:
        facts = self._store.facts.get()
        snapshot = self._client.changes(facts.snapshot.cursor if facts else None)
        if snapshot is None:
            self._store.facts.confirm()
        else:
            self._store.facts.put(snapshot)
            if snapshot.server_generation != self._store.outbox.generation:
                raise ServerChanged("the facts come from another server than the one that was greeted")

    def _status(self) -> SyncView:
        backlog = self._store.outbox.backlog()
        parked = f", {backlog.parked} set aside" if backlog.parked else ""
        waiting = f"{backlog.pending} waiting" if backlog.pending else "nothing waiting"
        match self._trouble:
            case ServerAway():
                state, text = "away", f"{waiting}, server away since {self._away_since}"
            case SyncError() as error:
                state, text = "refused", f"{waiting}, server refuses this station: {error}"
            case _ if backlog.pending:
                state, text = "sending", f"{backlog.pending} waiting"
            case _:
                state, text = "sent", "all sent"
        return SyncView(
            state=state,  # type: ignore[arg-type]
            waiting=backlog.pending,
            parked=backlog.parked,
            text=text + parked,
        )


def _skew_s(said: str) -> float | None:
    """Give how far our clock is ahead of the server's; None where it said nothing readable."""
    try:
        return (datetime.now(UTC) - datetime.fromisoformat(said)).total_seconds()
    except (ValueError, TypeError):
        return None
