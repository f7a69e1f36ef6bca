"""Text that looks like a secret and was written out, where `!secret` should stand."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from typing import Final

from assistants_sync.model.value import Body, FieldPath, Value
from assistants_sync.resources.kind import Kind, Patterns

# None begins with a condition: what `re` can look for at once is found many times faster.
_SHAPES: Final[Mapping[str, re.Pattern[str]]] = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY"),
    "an API key (`sk-…`)": re.compile(r"sk-(?<!\wsk-)(?=[\w-]*\d)[\w-]{20,}"),
    "a Stripe key": re.compile(r"[sr]k_(?:live|test)_\w{10,}"),
    "an AWS access key": re.compile(r"A(?:KIA|SIA)[A-Z0-9]{16}\b"),
    "a GitHub token": re.compile(r"g(?:h[oprsu]_[A-Za-z0-9]{36}|ithub_pat_\w{22})"),
    "a GitLab token": re.compile(r"glpat-[\w-]{20}"),
    "a Slack token": re.compile(r"xox[a-z]-[A-Za-z0-9-]{10,}"),
    "a Google API key": re.compile(r"AIza[\w-]{35}"),
    "a JSON Web Token": re.compile(r"eyJ[\w-]{8,}\.eyJ[\w-]{8,}\."),
    "a bearer token": re.compile(r"[Bb](?:earer|EARER)\s+(?=\S*\d)[\w.~+/=-]{16,}"),
    "a URL with a password": re.compile(r"://[^\s/:@]+:[^\s/:@]+@"),
}
"""What each looks like, anywhere in a text.

Source: the prefixes in the default rules of gitleaks at commit 009e025a, read 2026-11-21; a JSON
Web Token begins with two JSON objects in base64url (RFC 7519).
"""
_TELLING: Final = re.compile(r"auth(?!ors?\b)|api-?key|token|secret|passw|signature", re.IGNORECASE)
_RUN: Final = re.compile(r"[A-Za-z0-9]{16,}")
_TEMPLATE: Final = re.compile(r"\{\{[^{}\n]*\}\}")
_NOTHING: Final = re.compile(r"\s*(?:bearer|basic|token)?\s*", re.IGNORECASE)
_RANDOM_BITS: Final = 2.5  # a character: 16 random hex digits have more, `xxxxxxxxxxxxxxx1` less
_ANY: Final = "*"


@dataclass(frozen=True, slots=True)
class InlineSecret:
    """Where a secret stands and what it looks like, never its text.

    `line` counts from 1 in a text of several lines, and is 0 in any other.
    """

    path: FieldPath
    looks_like: str
    line: int = 0


def inline_secrets(kind: Kind, body: Body) -> Iterator[InlineSecret]:
    """Give every text that looks like a secret; what a call fills in (`{{…}}`) is none."""
    for path, text, is_below in _texts(kind, body, (), is_below=False):
        written = _TEMPLATE.sub("", text)
        found = _shaped(path, written) or _placed(kind, path, written, is_below=is_below)
        if found:
            yield found


def _shaped(path: FieldPath, text: str) -> InlineSecret | None:
    for looks_like, shape in _SHAPES.items():
        found = shape.search(text)
        if found:
            line = text.count("\n", 0, found.start()) + 1 if "\n" in text else 0
            return InlineSecret(path, looks_like, line)
    return None


def _placed(kind: Kind, path: FieldPath, text: str, *, is_below: bool) -> InlineSecret | None:
    if _NOTHING.fullmatch(text):
        return None
    if _names_secret(kind, path):
        return InlineSecret(path, "a secret in plain text")
    if is_below and _TELLING.search(path[-1]):
        return InlineSecret(path, "a credential in plain text")
    if is_below and any(map(_is_random, _RUN.findall(text))):
        return InlineSecret(path, "text as random as a key")
    return None


def _texts(
    kind: Kind, value: Value, path: FieldPath, *, is_below: bool
) -> Iterator[tuple[FieldPath, str, bool]]:
    """Give every text, and whether it stands at or below what the kind calls secret as a whole."""
    is_below = is_below or kind.secrets.fit(path)
    match value:
        case str():
            yield path, value, is_below
        case Mapping():
            for key, each in value.items():
                yield from _texts(kind, each, (*path, key), is_below=is_below)
        case Sequence():
            for index, each in enumerate(value):
                yield from _texts(kind, each, (*path, str(index)), is_below=is_below)
        case _:
            return


def _names_secret(kind: Kind, path: FieldPath) -> bool:
    """Say whether the kind knows this very text for a secret, not just a place where one may be."""
    named = Patterns(*(each for each in kind.secrets if each[-1] != _ANY))
    return named.fit(path) or kind.secret_texts.fit(path)


def _is_random(run: str) -> bool:
    counts = Counter(run).values()
    bits = -sum(count / len(run) * log2(count / len(run)) for count in counts)
    return bits >= _RANDOM_BITS and not run.isalpha() and not run.isdigit()
