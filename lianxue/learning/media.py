"""How long what was uploaded is: seconds of a recording, pages of a document."""

import math

from lianxue.files.models import StoredFile
from lianxue.files.queries import private

from . import child

#: A day, or a library of a document: what claims more is not believed.
_MOST = {"media": 24 * 3600, "pdf": 20_000}


def length_of(file: StoredFile) -> int:
    """Whole seconds of a recording or pages of a PDF; 0 when it can't be found out."""
    what = "pdf" if file.kind == "application/pdf" else "media"
    if what == "media" and not file.kind.startswith(("audio/", "video/")):
        return 0
    try:
        with private().open(file.key, "rb") as data:
            length = child.run(what, data)["length"]
    except (child.Unreadable, OSError):
        return 0
    if not isinstance(length, int | float) or not math.isfinite(length):
        return 0
    return math.ceil(length) if 0 < length <= _MOST[what] else 0
