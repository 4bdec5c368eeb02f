"""Pictures, sound and films by their first bytes."""

_HEIC = {b"heic", b"heix", b"hevc", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1"}
_MP4 = {
    *(b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9"),
    *(b"mp41", b"mp42", b"avc1", b"dash", b"M4V ", b"3gp4", b"3gp5", b"3gp6"),
}
#: Kilobits per second of MPEG Layer III by the header's four bits: MPEG 1, then MPEG 2 and 2.5.
_RATES_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_RATES_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_SAMPLES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def _brands(head: bytes) -> list[bytes]:
    """The brands of an ISO base media file (ISO/IEC 14496-12, 4.3), the major one first."""
    size = int.from_bytes(head[:4], "big")
    if head[4:8] != b"ftyp" or not 16 <= size <= 1024 or size % 4:
        return []
    box = head[:size]
    return [box[8:12], *(box[at : at + 4] for at in range(16, len(box), 4))]


def is_heic(head: bytes) -> bool:
    """A picture of the HEIF family with HEVC in it, as phones make them."""
    brands = _brands(head)
    return bool(brands) and brands[0] in _HEIC and not {b"avif", b"avis"} & set(brands)


def is_mp4(head: bytes) -> bool:
    """A film in the MP4 container."""
    brands = _brands(head)
    return bool(brands) and brands[0] not in _HEIC and bool(_MP4 & set(brands))


def is_m4a(head: bytes) -> bool:
    """Sound alone in the MP4 container, by its major brand."""
    return _brands(head)[:1] in ([b"M4A "], [b"M4B "])


def is_webm(head: bytes) -> bool:
    """Sound or film in WebM: Matroska's EBML header with the document type ``webm``."""
    return head.startswith(b"\x1a\x45\xdf\xa3") and b"\x42\x82\x84webm" in head[:64]


def is_mp3(head: bytes) -> bool:
    """Sound: an ID3 tag, or two frames of MPEG Layer III one behind the other."""
    if head.startswith(b"ID3") and head[3:4] in (b"\x02", b"\x03", b"\x04"):
        return True
    length = _frame(head[:4])
    return bool(length) and bool(_frame(head[length : length + 4]))


def _frame(header: bytes) -> int:
    """The length of the Layer III frame that begins so; 0 when none does."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return 0
    version, layer = header[1] >> 3 & 3, header[1] >> 1 & 3
    rate, sample = header[2] >> 4, header[2] >> 2 & 3
    if version == 1 or layer != 1 or rate in (0, 15) or sample == 3:
        return 0
    kilobits = (_RATES_1 if version == 3 else _RATES_2)[rate]
    per_frame = 144_000 if version == 3 else 72_000
    return per_frame * kilobits // _SAMPLES[version][sample] + (header[2] >> 1 & 1)
