"""The entrance: every way in by something that a stranger could guess, slowed down for who guesses wrong."""

import threading
from datetime import datetime

from lotline_server.accounts import queries, service, sessions
from lotline_server.accounts.backoff import Backoff
from lotline_server.accounts.service import name_key
from lotline_server.accounts.sessions import SignedIn
from lotline_server.accounts.shown_once import digest
from lotline_server.core.database import Database
from lotline_server.core.errors import TooMany, Unauthorised

HASHES_AT_ONCE = 4
"""Each takes 19 MB and a core."""


class Entrance:
    """One for the whole server: it counts what failed, per account and per address.

    A wrong guess costs the account it was for at most a minute, so that nobody can lock another out for long;
    the address it came from up to a quarter of an hour.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._accounts = Backoff(free=5, longest_s=60.0)
        self._addresses = Backoff(free=20, longest_s=900.0)
        self._hashing = threading.BoundedSemaphore(HASHES_AT_ONCE)

    def sign_in(self, *, name: str, password: str, address: str, at: datetime) -> SignedIn:
        """Trade name and password for a session. Raises TooMany, Unauthorised."""
        key = name_key(name[:256])
        self._addresses.begin(address)
        self._accounts.begin(key)
        with self._turn():
            signed_in = sessions.sign_in(self._database, name=name, password=password, address=address, at=at)
        self._accounts.succeeded(key, forget=True)
        self._addresses.succeeded(address, forget=False)
        return signed_in

    def set_up(self, *, code: str, name: str, password: str, address: str, at: datetime) -> SignedIn:
        """Make the first admin and sign them in. Raises TooMany, Unauthorised, Invalid."""
        self._addresses.begin(address)
        try:
            with self._turn(), self._database.write() as connection:
                account = service.set_up(connection, code=code, name=name, password=password, at=at)
                secret = sessions.begin_session(connection, account.id, at)
        except Unauthorised:
            raise
        except Exception:
            self._addresses.succeeded(address, forget=False)
            raise
        self._addresses.succeeded(address, forget=False)
        return SignedIn(account=account, secret=secret)

    def use_code(self, *, code: str, password: str, address: str, at: datetime) -> SignedIn:
        """Trade a one-time code for a password and sign in. Raises TooMany, Unauthorised, Invalid."""
        self._addresses.begin(address)
        try:
            with self._turn(), self._database.write() as connection:
                account = service.use_code(connection, code=code, password=password, at=at)
                secret = sessions.begin_session(connection, account.id, at)
        except Unauthorised:
            raise
        except Exception:
            self._addresses.succeeded(address, forget=False)
            raise
        self._addresses.succeeded(address, forget=False)
        return SignedIn(account=account, secret=secret)

    def leave(self, secret: str) -> None:
        """End the session that a new one takes the place of."""
        with self._database.write() as connection:
            queries.end_session(connection, digest(secret))

    def _turn(self) -> "_Turn":
        return _Turn(self._hashing)


class _Turn:
    """A place among the few that may hash at once. Raises TooMany where none comes free in time."""

    def __init__(self, places: threading.BoundedSemaphore) -> None:
        self._places = places

    def __enter__(self) -> None:
        if not self._places.acquire(timeout=5.0):
            refused = TooMany("many people are signing in just now; try again in a few seconds")
            refused.retry_after_s = 5
            raise refused

    def __exit__(self, *_: object) -> None:
        self._places.release()
