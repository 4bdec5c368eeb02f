"""What a person sees of a form that came back."""

from html.parser import HTMLParser


class Fields(HTMLParser):
    """What stands in a page's fields, and the text of every element with an id or role=alert."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self.texts: dict[str, str] = {}
        self._open: list[tuple[str, str]] = []
        self._select = self._area = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {key: value or "" for key, value in attrs}
        name, value = found.get("name", ""), found.get("value", "")
        if tag == "input" and (
            found.get("type") not in {"radio", "checkbox"} or "checked" in found
        ):
            self.values.setdefault(name, []).append(value)
        elif tag == "textarea":
            self._area = name
            self.values.setdefault(name, []).append("")
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in found:
            self.values.setdefault(self._select, []).append(value)
        if tag in {"p", "div"}:
            key = "alert" if found.get("role") == "alert" else found.get("id", "")
            self._open.append((tag, key))
            self.texts.setdefault(key, "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""
        if tag in {"p", "div"} and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._area:
            self.values[self._area][-1] += data
        for _, key in self._open:
            self.texts[key] += data
