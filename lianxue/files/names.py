"""What a file is called: a person's words, made safe to show, to keep and to save."""

import re
import unicodedata

LONGEST = 120
_EXTENSION = re.compile(r"[0-9a-z]{1,10}")
#: What no common file system takes in a name.
_RESERVED = str.maketrans(dict.fromkeys('<>:"|?*', "_"))


def extension_of(name: str) -> str:
    """``pdf`` of ``报告.PDF``; "" without one."""
    stem, dot, ending = name.rpartition(".")
    ending = unicodedata.normalize("NFKC", ending).lower()
    return ending if dot and stem and _EXTENSION.fullmatch(ending) else ""


def clean(name: str) -> str:
    """``name`` without its path, control characters and marks that turn the reading direction (a
    ``gpj.exe`` reads as ``exe.jpg`` behind one); at most 120 characters, the extension kept.
    """
    name = unicodedata.normalize("NFC", name)
    name = re.split(r"[/\\]", name)[-1]
    kept = (char for char in name if unicodedata.category(char) not in {"Cf", "Cs", "Co", "Cn"})
    # a control character parts words as a blank does
    words = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in kept)
    name = " ".join(words.split()).translate(_RESERVED).strip(". ")
    ending = extension_of(name)
    if not ending:
        return name[:LONGEST].rstrip(". ") or "文件"
    stem = name[: -len(ending) - 1].rstrip(". ") or "文件"
    return f"{stem[: LONGEST - len(ending) - 1].rstrip('. ')}.{ending}"
