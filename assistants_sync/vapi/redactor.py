"""Known secrets, and text with every form of them taken out."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import quote

from assistants_sync.model.value import MASK, JsonValue, Secret

_SHORTEST: Final = 4
"""Shorter texts are not looked for: they stand in too many words to hide anything."""


class Redactor:
    """Holds the secrets of one run; it never shows them."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._forms: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Redactor({len(self._known)} secrets)"

    def learn(self, secret: Secret) -> None:
        """Remember every text in a secret."""
        self._known |= {text for text in _texts(secret.reveal()) if len(text) >= _SHORTEST}
        forms = {form for text in self._known for form in _forms(text)}
        self._forms = tuple(sorted(forms, key=len, reverse=True))

    @property
    def known(self) -> frozenset[str]:
        """The texts themselves, for telling a secret in what the server shows."""
        return frozenset(self._known)

    def scrub(self, text: str) -> str:
        """Give the text with each secret, plain or encoded, replaced by `(secret)`."""
        for form in self._forms:
            text = text.replace(form, MASK)
        return text


def _forms(text: str) -> Iterator[str]:
    yield text
    yield json.dumps(text)[1:-1]
    yield json.dumps(text, ensure_ascii=False)[1:-1]
    yield quote(text, safe="")
    yield quote(text)


def _texts(value: JsonValue) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for each in value.values():
                yield from _texts(each)
        case Sequence():
            for each in value:
                yield from _texts(each)
        case _:
            return
