"""The station: where its data lies, which instruments it has, where its server is."""

import re
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from lotline_agent.config.plan import Name

LEAST_KEEP_DAYS = 7
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class StationSection(_Strict):
    """name: as the server knows it. data: the folder of all records. plan: the test plan's file.

    Paths are seen from the configuration's own folder. operator: None where nobody is named
    floor_mb: no run starts with less free disk, in millions of bytes
    keep_days: how long the bytes of a record stay here once the server has it; 0 means for ever. Less than a
        week is refused: a server may be restored from a backup of some days ago, and asks for them again
    """

    name: Name
    data: str = Field(min_length=1)
    plan: str = Field(min_length=1)
    operator: str | None = None
    floor_mb: int = Field(default=500, ge=0)
    ballast_mb: int = Field(default=16, ge=0)
    keep_days: int = Field(default=365, ge=0)

    @field_validator("keep_days")
    @classmethod
    def _survives_a_restored_server(cls, days: int) -> int:
        if 0 < days < LEAST_KEEP_DAYS:
            raise ValueError(f"at least {LEAST_KEEP_DAYS} days, or 0 for ever")
        return days


class ServerSection(_Strict):
    """url: of the lot server; plain http is accepted for this machine only.

    ca: a file (PEM) with the private CA that alone may vouch for it, read when the station is paired; without
    it, the public ones, or the one that was pinned by its fingerprint
    """

    url: str
    ca: Path | None = None

    @field_validator("url")
    @classmethod
    def _usable(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise ValueError("an address such as https://lots.example:8700")
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            raise ValueError("https: plain http is for a server on this machine only")
        return url.rstrip("/")


class PanelSection(_Strict):
    """port: where the operator panel listens, on this machine only."""

    port: int = Field(default=8701, ge=0, le=65535)


class ScannerSection(_Strict):
    """A serial barcode scanner. suffix: what it sends behind each code; prefix: what it sends before."""

    resource: str
    suffix: Literal["CR", "LF", "CRLF", "TAB"] = "CR"
    prefix: str = ""
    baud: int = Field(default=9600, gt=0)


class InstrumentSection(_Strict):
    """resource: VISA resource name or serial port. identity: pattern its answer to *IDN? must match."""

    driver: str
    resource: str
    identity: str | None = None
    timeout_s: float = Field(default=2.0, gt=0, le=600)
    backend: str = "@py"
    calibration_due: str | None = None
    options: dict[str, Any] = Field(default_factory=dict)

    @field_validator("identity")
    @classmethod
    def _pattern(cls, identity: str | None) -> str | None:
        try:
            re.compile(identity or "")
        except re.error as error:
            raise ValueError(f"a regular expression ({error})") from error
        return identity


class StationFile(_Strict):
    """A station's file, whole.

    server: None means that records stay here. scanner: None means a keyboard wedge, or typing
    """

    station: StationSection
    server: ServerSection | None = None
    panel: PanelSection = PanelSection()
    scanner: ScannerSection | None = None
    instruments: dict[str, InstrumentSection] = Field(min_length=1)

    def data_folder(self, base: Path) -> Path:
        """Give the data folder; base is the configuration file's own folder."""
        return (base / Path(self.station.data).expanduser()).resolve()
