"""Put one text into every place of a view that holds a free text."""

from typing import Any, get_type_hints

import msgspec

from lotline_agent.ports import StationView


def everywhere(view: StationView, text: str) -> StationView:
    """Give the view with this text in all of them."""
    return _filled(view, text)


def _filled(thing: Any, text: str) -> Any:
    if isinstance(thing, tuple):
        return tuple(_filled(item, text) for item in thing)
    if not isinstance(thing, msgspec.Struct):
        return thing
    hints = get_type_hints(type(thing))
    changes = {
        field: text if hints[field] in (str, str | None) else _filled(getattr(thing, field), text)
        for field in thing.__struct_fields__
    }
    return msgspec.structs.replace(thing, **changes)
