"""Where scans come from besides the panel: a serial scanner, and standard input."""

import sys
import threading
from collections.abc import Callable

from lotline_agent.config.station import ScannerSection
from lotline_drivers.errors import InstrumentError, InstrumentUnreachable
from lotline_drivers.scanner import SerialScanner

_READ_S = 1.0


class ScannerThread:
    """Reads a serial scanner until stopped, and says it when the scanner is gone or a scan is unreadable."""

    def __init__(
        self,
        section: ScannerSection,
        on_scan: Callable[[str], None],
        on_trouble: Callable[[str, str], None],
    ) -> None:
        self._scanner = SerialScanner(
            section.resource, suffix=section.suffix, prefix=section.prefix, baud_rate=section.baud
        )
        self._on_scan = on_scan
        self._on_trouble = on_trouble
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._read, name="scanner", daemon=True)

    def start(self) -> None:
        """Begin; returns at once, with or without a scanner there."""
        self._thread.start()

    def _read(self) -> None:
        gone = False
        while not self._stopping.is_set():
            try:
                scan = self._scanner.read_scan(_READ_S)
            except InstrumentUnreachable as error:
                if not gone and not self._stopping.is_set():
                    self._on_trouble("alarm", str(error))
                gone = True
                self._stopping.wait(_READ_S)
            except InstrumentError as error:
                self._on_trouble("refused", str(error))
            else:
                gone = False
                if scan is not None:
                    self._on_scan(scan)

    def stop(self) -> None:
        """End."""
        self._stopping.set()
        self._scanner.close()
        self._thread.join(2 * _READ_S)


def read_standard_input(on_scan: Callable[[str], None]) -> None:
    """Take each line of standard input as a scan, on a thread of its own, until the input ends."""

    def read() -> None:
        # As bytes, since one that is no text would end the reading; unbuffered, since Python cannot end
        # while a thread waits inside a buffer.
        with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as lines:
            for line in lines:
                on_scan(line.decode("utf-8", "surrogateescape").rstrip("\r\n"))

    threading.Thread(target=read, name="standard input", daemon=True).start()
