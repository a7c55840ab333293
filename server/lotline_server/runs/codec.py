"""Records as they are stored: compressed against the first record of their plan, and exact to the byte."""

import zstandard

from lotline_contract.record import MAX_RECORD_BYTES

_LEVEL = 1


def pack_plain(data: bytes) -> bytes:
    """Compress by itself what has no like."""
    packed: bytes = zstandard.ZstdCompressor(level=3).compress(data)
    return packed


def unpack_plain(content: bytes, limit: int = 64 * 1024 * 1024) -> bytes:
    """Give back what pack_plain was given."""
    unpacked: bytes = zstandard.ZstdDecompressor().decompress(content, max_output_size=limit)
    return unpacked


class RecordCodec:
    """Compresses the records of one plan against one of them: what repeats in each costs nothing."""

    def __init__(self, dictionary: bytes) -> None:
        self._dictionary = zstandard.ZstdCompressionDict(dictionary, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        self._dictionary.precompute_compress(level=_LEVEL)

    def compressor(self) -> zstandard.ZstdCompressor:
        """Give a compressor for one thread."""
        return zstandard.ZstdCompressor(level=_LEVEL, dict_data=self._dictionary, write_dict_id=False)


def unpack_record(content: bytes, dictionary: bytes | None) -> bytes:
    """Give a record's exact bytes. dictionary: as it is stored; None where it was packed by itself."""
    if dictionary is None:
        return unpack_plain(content)
    against = zstandard.ZstdCompressionDict(
        unpack_plain(dictionary), dict_type=zstandard.DICT_TYPE_RAWCONTENT
    )
    decompressor = zstandard.ZstdDecompressor(dict_data=against)
    unpacked: bytes = decompressor.decompress(content, max_output_size=MAX_RECORD_BYTES)
    return unpacked
