"""People as they are typed before they come: how a name and a phone are tidied and judged."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from lianxue.shared.errors import InvalidInput
from lianxue.shared.phones import normalize_phone

#: People that one form may bring.
MAX_AT_ONCE = 200


@dataclass(frozen=True)
class NewPerson:
    """What is known of a person before it comes: as typed, not yet checked."""

    name: str
    phone: str


def tidy_person_name(text: str, field: str = "name") -> str:
    """A person's name as it is kept, 1 to 20 characters. Raises InvalidInput at ``field``."""
    name = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip()
    if not name:
        raise InvalidInput.at(field, "请填写姓名。")
    if len(name) > 20:
        raise InvalidInput.at(field, f"姓名最多 20 个字，现在是 {len(name)} 个字。")
    if not re.fullmatch(r"[^\W\d_]+(?:[ ·.'-][^\W\d_]+)*", name):
        raise InvalidInput.at(field, "姓名只能用汉字、字母和间隔号“·”，请检查。")
    return name


def look_over(people: Sequence[NewPerson]) -> tuple[list[NewPerson], dict[str, str]]:
    """The people as they would be kept, and what is wrong by ``people.<n>.name`` / ``….phone``.

    Reads nothing from the database, so a form can name all of its faults at once.
    """
    fields: dict[str, str] = {}
    clean: list[NewPerson] = []
    seen: dict[str, int] = {}
    for index, person in enumerate(people):
        name = phone = ""
        try:
            name = tidy_person_name(person.name, f"people.{index}.name")
        except InvalidInput as error:
            fields |= error.fields
        try:
            phone = normalize_phone(person.phone, field=f"people.{index}.phone")
        except InvalidInput as error:
            fields |= error.fields
        else:
            if phone in seen:
                fields[f"people.{index}.phone"] = f"这个号码和第 {seen[phone] + 1} 位相同。"
            seen.setdefault(phone, index)
        clean.append(NewPerson(name, phone))
    return clean, fields
