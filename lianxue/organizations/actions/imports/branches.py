"""The branch that a roster's cell means, and the kind of one that would be made for it."""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lianxue.shared.errors import InvalidInput

from ...models import Branch, Organization
from ...policy import Power
from ..branches import MAX_DEPTH

SEPARATOR = "/"
#: Unknown names for which similar ones are looked up (some milliseconds each, under the lock too);
#: a file with more of them has something else in that column.
_SUGGESTIONS = 50
#: Branches of one import that may be made, all within its one transaction.
MAX_MADE = 2000
#: What a name tells about the kind; the first that fits.
_KINDS = (
    ("小组", Branch.Kind.GROUP),
    ("总支", Branch.Kind.GENERAL_BRANCH),
    ("支部", Branch.Kind.BRANCH),
    ("党委", Branch.Kind.COMMITTEE),
    ("党组", Branch.Kind.COMMITTEE),
    ("委员会", Branch.Kind.COMMITTEE),
)


def kind_of(name: str) -> str:
    """党委, 党总支, 党支部 or 党小组 by the name; 党支部 when it tells nothing."""
    return next((kind.value for word, kind in _KINDS if word in name), Branch.Kind.BRANCH.value)


@dataclass(frozen=True)
class Place:
    """Where a cell leads: a branch that is there, or the path of one to be made; or neither."""

    path: str = ""
    branch: Branch | None = None
    make: str = ""


def _plain(name: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", name)).casefold()


def plain_path(names: Iterable[str]) -> tuple[str, ...]:
    """Branches' names as they are compared."""
    return tuple(_plain(name) for name in names)


class BranchFinder:
    """The organisation's branches by their names; reads once, then answers without statements."""

    def __init__(self, organization: Organization, power: Power, *, make: bool = False) -> None:
        self.power, self.make = power, make
        self._own = _plain(organization.name)
        rows = list(Branch.objects.filter(organization=organization).order_by("path"))
        self.by_id = {row.pk: row for row in rows}
        self.path_of: dict[int, str] = {}
        at: dict[str, tuple[str, ...]] = {}
        self._whole: dict[tuple[str, ...], Branch] = {}
        self._last: dict[str, list[tuple[tuple[str, ...], Branch]]] = {}
        for row in rows:
            names = (*at.get(row.path[: -Branch.steplen], ()), row.name)
            at[row.path] = names
            self.path_of[row.pk] = SEPARATOR.join(names)
            plain = plain_path(names)
            self._whole[plain] = row
            self._last.setdefault(plain[-1], []).append((plain, row))
        self._answers: dict[str, Place | InvalidInput] = {}
        self._suggested = 0
        self._making: set[tuple[str, ...]] = set()

    def at(self, names: tuple[str, ...]) -> Branch | None:
        """The branch of these names (``plain_path``) from the top down, None for none."""
        return self._whole.get(names)

    def find(self, path: str) -> Place:
        """The place that ``path`` means: whole, or its last parts when they are unique.

        Raises InvalidInput that names similar branches, or those among which to choose.
        """
        answer = self._answers.get(path)
        if answer is None:
            try:
                answer = self._find(path)
            except InvalidInput as error:
                answer = error
            self._answers[path] = answer
        if isinstance(answer, InvalidInput):
            raise InvalidInput(answer.message)
        return answer

    def _find(self, path: str) -> Place:
        parts = [part for part in path.split(SEPARATOR) if part]
        if parts and _plain(parts[0]) == self._own:
            parts = parts[1:]
        if not parts:
            return Place()
        found = self._there(parts)
        if found is not None:
            if not self.power.covers(found):
                raise InvalidInput(f"“{path}”不在您的管理范围内，请联系主管理员。")
            return Place(self.path_of[found.pk], found)
        if not self.make:
            raise InvalidInput(f"没有找到支部“{path}”。{self._similar(parts)}")
        return self._to_make(parts)

    def _there(self, parts: Sequence[str]) -> Branch | None:
        """The branch of these names, None for none. Raises InvalidInput for several."""
        plain = plain_path(parts)
        if plain in self._whole:
            return self._whole[plain]
        fits = [
            row for whole, row in self._last.get(plain[-1], []) if whole[-len(plain) :] == plain
        ]
        # of those out of scope one is enough to be refused: which there are is not told
        mine = [row for row in fits if self.power.covers(row)] or fits[:1]
        if len(mine) > 1:
            names = "、".join(f"“{self.path_of[row.pk]}”" for row in mine[:5])
            raise InvalidInput(f"有 {len(mine)} 个同名的支部：{names}，请写出完整的路径。")
        return mine[0] if mine else None

    def _to_make(self, parts: Sequence[str]) -> Place:
        """A branch that is not there yet, below the deepest one that is."""
        base, rest = None, list(parts)
        for length in range(len(parts) - 1, 0, -1):
            base = self._there(parts[:length])
            if base is not None:
                rest = list(parts[length:])
                break
        if base is None and not self.power.whole and len(self.power.scopes) == 1:
            base = next(row for row in self.by_id.values() if row.path == self.power.scopes[0])
        if not self.power.covers(base):
            raise InvalidInput(
                f"没有找到“{parts[0]}”，您只能在自己管理的支部下建立，请写出完整的路径。"
            )
        if (base.depth if base else 0) + len(rest) > MAX_DEPTH:
            raise InvalidInput(f"组织架构最多 {MAX_DEPTH} 级，请检查所在党支部的写法。")
        above = [self.path_of[base.pk]] if base else []
        path = SEPARATOR.join([*above, *rest])
        self._making.add(plain_path(path.split(SEPARATOR)))
        if len(self._making) > MAX_MADE:
            raise InvalidInput(
                f"一次最多自动建立 {MAX_MADE:,} 个支部，请检查这一列，或分几次导入。"
            )
        return Place(path, make=path)

    def _similar(self, parts: Sequence[str]) -> str:
        self._suggested += 1
        near = self._near(parts) if self._suggested <= _SUGGESTIONS else []
        if near:
            return f"是不是“{'”或“'.join(near)}”？"
        return "请先在组织架构里添加，或选择自动建立支部。"

    def _near(self, parts: Sequence[str]) -> list[str]:
        mine = [path for pk, path in self.path_of.items() if self.power.covers(self.by_id[pk])]
        wanted = SEPARATOR.join(parts)
        near = difflib.get_close_matches(wanted, mine, n=3, cutoff=0.5)
        if not near:
            last = {path.rsplit(SEPARATOR, 1)[-1]: path for path in mine}
            close = difflib.get_close_matches(parts[-1], last, n=3, cutoff=0.5)
            near = [last[name] for name in close]
        return near
