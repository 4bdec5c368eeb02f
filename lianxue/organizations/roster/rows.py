"""One row of a roster: as typed, as understood, what it would change; kept as JSON.

Personal data: all that a roster holds; the text is encrypted where it is kept (``ImportRow``).
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from lianxue.shared.errors import InvalidInput

from .fields import BY_KEY

#: The key of what is wrong with a row as a whole.
WHOLE_ROW = "row"


@dataclass
class RowData:
    """All mappings go by column key.

    ``raw``: the cells of every known column of the file, as typed. ``clean``: the filled ones as
    understood; a branch by its full path. ``errors`` and ``warnings``: what to mend, what to look
    at. ``before``: the old values of the cells that change ("" for none); ``left``: the id of the
    branch that a member would leave. ``branch``: the id of the branch named, when it is there;
    ``make``: the path of one that would be made. Whether a number is registered is not told here:
    a roster could ask for thousands.
    """

    raw: dict[str, str] = field(default_factory=dict)
    clean: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    warnings: dict[str, str] = field(default_factory=dict)
    before: dict[str, str] = field(default_factory=dict)
    left: int | None = None
    branch: int | None = None
    make: str = ""

    def dump(self) -> str:
        """As JSON, without what is empty."""
        filled = {
            key: value for key, value in asdict(self).items() if value not in ({}, "", None, False)
        }
        return json.dumps(filled, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def load(cls, text: str) -> "RowData":
        """From ``dump``'s JSON."""
        return cls(**json.loads(text)) if text else cls()


def understand(cells: Mapping[str, str]) -> RowData:
    """A row's cells, each cleaned; what can't be is in ``errors`` with its message."""
    row = RowData(raw={key: cells[key] for key in cells if key in BY_KEY})
    for key, text in row.raw.items():
        try:
            value = BY_KEY[key].clean(text)
        except InvalidInput as error:
            row.errors[key] = next(iter(error.fields.values()), error.message)
        else:
            if value:
                row.clean[key] = value
    return row
