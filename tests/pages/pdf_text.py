"""The text of a PDF that fpdf2 wrote, read back as a viewer would copy it."""

import re
import zlib

_STREAM = re.compile(rb"stream\n(.*?)\nendstream", re.S)
_PIECE = re.compile(rb"/F(\d+) [\d.]+ Tf|\(((?:[^()\\]|\\.)*)\) Tj", re.S)
_PAIR = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]{4,8})>")
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def pdf_text(data: bytes) -> str:
    """Give all text of a PDF, a line for each piece that was drawn."""
    streams = []
    for match in _STREAM.finditer(data):
        try:
            streams.append(zlib.decompress(match[1]))
        except zlib.error:
            streams.append(match[1])
    maps = [dict(_PAIR.findall(each)) for each in streams if b"beginbfchar" in each]
    lines = []
    for stream in (each for each in streams if b" Tj" in each):
        letters: dict[bytes, bytes] | None = None
        for font, drawn in _PIECE.findall(stream):
            if font:
                letters = maps[int(font) - 1] if maps else None
            else:
                lines.append(_text(_unescaped(drawn), letters))
    return "\n".join(lines)


def _unescaped(drawn: bytes) -> bytes:
    return re.sub(rb"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), drawn, flags=re.S)


def _text(codes: bytes, letters: dict[bytes, bytes] | None) -> str:
    if letters is None:
        return codes.decode("windows-1252")
    pairs = (codes[at : at + 2].hex().upper().encode() for at in range(0, len(codes), 2))
    return "".join(bytes.fromhex(letters[pair].decode()).decode("utf-16-be") for pair in pairs)
