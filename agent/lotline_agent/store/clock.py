"""The station's wall clock, as it is written down. It only advises; nothing is ordered by it."""

from datetime import UTC, datetime


def utc_now() -> str:
    """Give the time as ISO 8601 in UTC, to the millisecond."""
    return as_text(datetime.now(UTC))


def as_text(moment: datetime) -> str:
    """Give an aware moment as it is written down; such texts sort as their moments do."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def utc_offset_min() -> int:
    """Give the station's zone, in minutes east of UTC."""
    offset = datetime.now().astimezone().utcoffset()
    return int(offset.total_seconds() // 60) if offset else 0
