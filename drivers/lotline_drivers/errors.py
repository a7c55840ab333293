"""What can go wrong between a station and its instruments, as types.

Nothing of pyvisa, pyserial or the operating system leaks out of this package: the transports turn it into
one of these. Whether trying again makes sense is the type (`TransientInstrumentError`), never the text.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class InstrumentError(Exception):
    """Something about one instrument went wrong, and the message says what to check.

    instrument: its name in the station's configuration
    message:    what was expected and what was found, without a full stop
    check:      what a person does about it
    sent:       the last text sent to the instrument; None when nothing was sent
    received:   what came back, as it came (bytes that are no text are escaped); None when nothing came
    """

    def __init__(
        self,
        *,
        instrument: str,
        message: str,
        check: str,
        sent: str | None = None,
        received: str | None = None,
    ) -> None:
        super().__init__(instrument, message, check, sent, received)
        self.instrument = instrument
        self.message = message
        self.check = check
        self.sent = sent
        self.received = received

    def __str__(self) -> str:
        return f"{self.instrument}: {self.message}. {self.check}"


class TransientInstrumentError(InstrumentError):
    """The link failed, not the instrument's answer: the same call can succeed later."""


class InstrumentUnreachable(TransientInstrumentError):
    """Nobody listens, the link was cut, the port is gone, or the session was closed."""


class InstrumentTimeout(TransientInstrumentError):
    """The link stands, but no whole answer came before the deadline."""


class BadReply(InstrumentError):
    """An answer came and cannot be understood; it is never turned into a reading."""


class WrongIdentity(InstrumentError):
    """Another instrument than the configured one answers at this address.

    expected: the configured pattern (a regular expression)
    found:    the identity that came back
    """

    def __init__(self, *, instrument: str, expected: str, found: str, resource: str, sent: str) -> None:
        super().__init__(
            instrument=instrument,
            message=f"expected an identity matching {expected!r}, found {found!r} at {resource}",
            check="Check the cabling and the address, or correct `identity` in the station's configuration.",
            sent=sent,
            received=found,
        )
        self.expected = expected
        self.found = found


class InstrumentReportedError(InstrumentError):
    """The instrument refused a command (SCPI-99 vol. 2, 21.8).

    reports: its error queue, oldest first
    """

    def __init__(self, *, instrument: str, sent: str, reports: Iterable[str], resource: str) -> None:
        self.reports = tuple(reports)
        super().__init__(
            instrument=instrument,
            message=f"the instrument at {resource} refused {sent!r}: {'; '.join(self.reports)}",
            check="Check the command and its values against the instrument's ranges.",
            sent=sent,
            received="; ".join(self.reports),
        )


class NotSafe(InstrumentError):
    """An output was switched off and still reads as on, or could not be read back: do not touch the unit."""


class RefusedSetting(InstrumentError):
    """An option or argument is unknown or out of range; nothing was sent."""


class UnknownDriver(InstrumentError):
    """No driver has this name; the message lists those there are.

    known: the names of all drivers, sorted
    """

    def __init__(self, *, driver: str, known: Iterable[str], instrument: str | None = None) -> None:
        self.driver = driver
        self.known = tuple(sorted(known))
        super().__init__(
            instrument=instrument or driver,
            message=f"there is no driver {driver!r}{did_you_mean(driver, self.known)}",
            check=f"Drivers here: {', '.join(self.known)}.",
        )


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`, did you mean 'x'?` without the question's end, or an empty string when nothing is close."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f", did you mean {close[0]!r}" if close else ""


def shown(raw: bytes, limit: int = 120) -> str:
    """Bytes as a person can read them: text as it is, the rest escaped, cut after `limit` characters."""
    text = "".join(chr(byte) if 32 <= byte < 127 else repr(bytes((byte,)))[2:-1] for byte in raw[: limit + 1])
    return text if len(raw) <= limit else f"{text[:limit]}… ({len(raw)} bytes)"
