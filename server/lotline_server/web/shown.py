"""How values are written for people: few digits, relative times, no false 100 %."""

import math
from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime, timedelta
from decimal import Decimal

from babel.dates import format_skeleton

from lotline_contract.limits import Comparator, Limit
from lotline_server.site.calendar import Calendar
from lotline_server.web.language import ENGLISH, Language

DIGITS = 5
NO_BREAK = "\u00a0"
THIN = "\u202f"
MISSING = "–"

_SPANS = {
    Comparator.GELE: "{low} … {high}",
    Comparator.GTLT: "> {low} … < {high}",
    Comparator.GELT: "{low} … < {high}",
    Comparator.GTLE: "> {low} … {high}",
    Comparator.GE: "≥ {low}",
    Comparator.GT: "> {low}",
    Comparator.LE: "≤ {high}",
    Comparator.LT: "< {high}",
    Comparator.EQ: "= {equals}",
    Comparator.NE: "≠ {equals}",
}


def number(value: float, *bounds: float | None) -> str:
    """Write a number in five significant digits; in more where these would put it onto a bound."""
    if isinstance(value, int) and abs(value) < 10**15:
        return str(value).replace("-", "−")
    if not math.isfinite(value):
        return str(value)
    if len(Decimal(repr(value)).normalize().as_tuple().digits) < DIGITS:
        return _plain(f"{value:.{DIGITS}g}").replace("-", "−")
    known = [bound for bound in bounds if bound is not None]
    for digits in range(DIGITS, 18):
        # "#" keeps the zeros at the end: they were measured too.
        text = f"{value:#.{max(digits, _whole_digits(value))}g}".removesuffix(".")
        shown = float(text)
        if all(_side(shown, bound) == _side(value, bound) for bound in known):
            break
    return _plain(text).replace("-", "−")


def _whole_digits(value: float) -> int:
    """Give how many digits stand before the point, as far as they are written out."""
    return len(str(int(abs(value)))) if abs(value) < 1e9 else 0


def _side(value: float, bound: float) -> int:
    return (value > bound) - (value < bound)


def _plain(text: str) -> str:
    """Write small and large numbers out as long as that stays readable."""
    if "e" not in text:
        return text
    exponent = int(text.partition("e")[2])
    if not -6 <= exponent <= 9:
        mantissa, _, _ = text.partition("e")
        return f"{mantissa}e{exponent}"
    return format(Decimal(text), "f")


def split_point(text: str) -> tuple[str, str]:
    """Cut a number at its decimal point, so that points can stand in line: "12.5" is ("12", ".5")."""
    whole, point, rest = text.partition(".")
    return whole, point + rest


def uom_of(uom: str | None) -> str:
    """Give a uom as it stands behind a value; nothing for a plain number."""
    return "" if uom in {None, "1"} else str(uom)


def with_uom(text: str, uom: str | None) -> str:
    """Put the uom behind a value, never on the next line."""
    shown = uom_of(uom)
    return f"{text}{NO_BREAK}{shown}" if shown else text


def interval(limit: Limit | None, uom: str | None) -> str:
    """Write limits as an interval: "3.23 … 3.37 V"."""
    if limit is None:
        return ""
    bounds = {name: _bound(getattr(limit, name)) for name in ("low", "high", "equals")}
    return with_uom(_SPANS[limit.comparator].format(**bounds).replace(" ", NO_BREAK), uom)


def _bound(bound: float | bool | str | None) -> str:
    if bound is None:
        return ""
    if isinstance(bound, bool):
        return "yes" if bound else "no"
    return bound if isinstance(bound, str) else number(bound)


def count(how_many: int) -> str:
    """Write a count with its thousands set apart."""
    return f"{how_many:,}".replace(",", THIN)


def amount(quantity: Decimal) -> str:
    """Write a quantity with its thousands set apart and all of its decimal places: none is ever left out."""
    whole, _, rest = f"{quantity:,f}".partition(".")
    return whole.replace(",", THIN) + (f".{rest}" if rest else "")


def money(value: Decimal, currency: str) -> str:
    """Write money with its currency behind it: at least two decimal places, and every one that there is."""
    return f"{amount(cents(value))}{NO_BREAK}{currency}"


def cents(value: Decimal) -> Decimal:
    """Give an amount of money with at least two decimal places, and every one that there is."""
    whole, _, rest = f"{value:f}".partition(".")
    return Decimal(f"{whole}.{rest.ljust(2, '0')}")


def sentence(said: object) -> str:
    """Write what the rules say as a sentence that begins large and ends with its stop."""
    text = str(said)
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def percent(share: float | None) -> str:
    """Write a share of 0 to 1 in per cent, cut to a tenth: 99.97 % never reads as 100. None is a dash."""
    if share is None:
        return MISSING
    tenths = math.floor(share * 1000 + 1e-9)
    return f"{tenths // 10}.{tenths % 10}{NO_BREAK}%" if tenths < 1000 else f"100{NO_BREAK}%"


def duration(seconds: float) -> str:
    """Write a duration: "0.42 s", "41 s", "3 min 12 s", "2 h 05 min", "3 d 4 h"."""
    if seconds < 10:
        return f"{seconds:.2g}{NO_BREAK}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}{NO_BREAK}s"
    if whole < 3600:
        rest = f" {whole % 60}{NO_BREAK}s" if whole % 60 and whole < 600 else ""
        return f"{whole // 60}{NO_BREAK}min{rest}"
    if whole < 86400:
        return f"{whole // 3600}{NO_BREAK}h {whole % 3600 // 60:02d}{NO_BREAK}min"
    return f"{whole // 86400}{NO_BREAK}d {whole % 86400 // 3600}{NO_BREAK}h"


SITE: ContextVar[Callable[[], Calendar] | None] = ContextVar("SITE", default=None)
"""Gives the calendar of the site whose page is made; without one, times are those of the machine."""


def on_the_wall(moment: datetime) -> datetime:
    """Give a moment as the site's clocks show it."""
    site = SITE.get()
    return moment.astimezone() if site is None else site().local(moment)


def exact(moment: datetime) -> str:
    """Write a moment in full, in the site's zone."""
    local = on_the_wall(moment)
    return f"{local:%Y-%m-%d %H:%M:%S} {local.tzname()}"


def clock_time(moment: datetime) -> str:
    """Write a moment to the minute, in the site's zone."""
    return f"{on_the_wall(moment):%Y-%m-%d %H:%M}"


def relative(moment: datetime, now: datetime, spoken: Language = ENGLISH) -> str:
    """Write how long ago a moment was; the same words as times.js. What lies ahead is written in full."""
    ago = (now - moment) / timedelta(seconds=1)
    local, today = on_the_wall(moment), on_the_wall(now)
    if ago < -5:
        return clock_time(moment)
    if ago < 10:
        words = spoken.say("just now")
    elif ago < 60:
        words = spoken.say("%(n)s s ago", n=int(ago))
    elif ago < 3600:
        words = spoken.say("%(n)s min ago", n=int(ago // 60))
    elif local.date() == today.date() or ago < 6 * 3600:
        words = spoken.say("%(n)s h ago", n=int(ago // 3600))
    elif local.date() == today.date() - timedelta(days=1):
        words = spoken.say("yesterday %(time)s", time=f"{local:%H:%M}")
    else:
        day = format_skeleton("MMMd", local, locale=spoken.locale)
        words = f"{day} {local:%H:%M}" if local.year == today.year else f"{day} {local.year}"
    return words.replace(" ", NO_BREAK)
