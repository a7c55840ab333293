"""Time, as microseconds since 1970 in the database and as aware datetimes everywhere else."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

Clock = Callable[[], datetime]
"""Gives the present moment, aware."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def utc_now() -> datetime:
    """Give the present moment in UTC."""
    return datetime.now(UTC)


def to_micros(moment: datetime) -> int:
    """Give an aware moment as microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Give microseconds since 1970 as an aware moment in UTC."""
    return _EPOCH + micros * _MICROSECOND


def parse_moment(text: str, utc_offset_min: int) -> datetime:
    """Read an ISO 8601 moment; one without a zone is in the given offset. ValueError where it is none."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone(timedelta(minutes=utc_offset_min)))
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text!r} is outside the calendar") from error


def iso(moment: datetime) -> str:
    """Write a moment for the wire: UTC, milliseconds, ending in Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
