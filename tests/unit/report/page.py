"""Reads an HTML report as strictly as a machine can: tags that do not match are an error."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

VOID = frozenset({"meta", "br", "hr", "img", "link", "input"})


class Page(HTMLParser):
    """What a browser would see.

    Attributes:
        tags: with their attributes, in order.
        text: outside of tags, style and script.
        inside: text by the tag that it is in, also style and script.
        ids: all of them.
    """

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._open: list[str] = []
        self._data: dict[str, list[str]] = {"": []}
        self.feed(text)
        self.close()
        assert self._open == [], "tags are left open"
        self.inside = {tag: "".join(data) for tag, data in self._data.items()}
        self.text = self.inside[""]
        self.ids = list(self.attributes("id"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"double attribute in {tag} {names}"
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> without a start"
        assert self._open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        place = self._open[-1] if self._open else "outside"
        self._data.setdefault(place, []).append(data)
        if place not in ("style", "script"):
            self._data[""].append(data)

    def attributes(self, name: str) -> Iterator[str]:
        """Values of all attributes with this name that have one."""
        for _, attrs in self.tags:
            if value := attrs.get(name):
                yield value
