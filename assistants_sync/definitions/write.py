"""A body to the text of a definition file: what `import` writes, and our own reader gives back."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final

from assistants_sync.definitions.faults import Faults, error
from assistants_sync.definitions.files import MAX_BYTES
from assistants_sync.definitions.lifecycle import RESERVED
from assistants_sync.definitions.variables import escape, expand
from assistants_sync.definitions.yaml_text import Question, Raw, Tag, parse_documents
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import JsonValue

_HERE: Final = SourceRef("(generated)")
_PLAIN: Final = re.compile(r"[A-Za-z](?:[^\s:#\"\\|>\[\]{}`]|:(?=[^\s:])| (?=[^\s#:]))*")
_NAMES_ELSEWHERE: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_HALF: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u[Dd][89A-Fa-f]")
_NOT_IN_FILES: Final = re.compile("\\A\ufeff|\\0|\r\n|[\ud800-\udfff]")
_BLOCK_LINE: Final = re.compile(
    "[\\t\\x20-\\x7e\\xa0-\\u2027\\u202f-\\u2065\\u206a-\\ud7ff"
    "\\ue000-\\ufefe\\uff00-\\ufffd\\U00010000-\\U0010ffff]*"
)
"""What may stand in a line of a block: what YAML can print, but no other line break, no byte order
mark, and nothing that turns the writing direction around, which would look otherwise than it is."""
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
LONG_KEY: Final = 100  # YAML ends a key without `?` at 1024 bytes, escapes included
STEP: Final = "  "


def dump_definition(body: Mapping[str, Raw], key: str | None = None) -> str:
    """Give YAML that reads back as this body, in its order; text of several lines as a block.

    A `Tag` is written as such: its text is not looked at.

    Raises:
        DefinitionError: our own reader would not give the body back.
    """
    for name in RESERVED & body.keys():
        raise error("Reserved key", f"`{name}` cannot be a field of a definition", _HERE)
    whole: dict[str, Raw] = {"key": key, **body} if key is not None else dict(body)
    text = "\n".join(value_lines(whole)) + "\n" if whole else "{}\n"
    if _HALF.search(text):
        raise error("Half a character", "a text holds a lone surrogate", _HERE)
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise error("File too large", f"the text has more than {MAX_BYTES} bytes", _HERE)
    read = [_expanded(each.value) for each in parse_documents(text, _HERE.file)]
    if [_exact(each) for each in read] != [_exact(_exposed(whole))]:
        raise error("Not writable as YAML", "the text would be read as another value", _HERE)
    return text


def _exact(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=True)


def _expanded(value: Raw) -> JsonValue:
    match value:
        case str():
            return expand(value, {}, Faults(), _HERE)
        case Mapping():
            return {key: _expanded(each) for key, each in value.items()}
        case Sequence():
            return [_expanded(each) for each in value]
        case _:
            return _exposed(value)


def _exposed(value: Raw) -> JsonValue:
    """Give a value with its tags as JSON that no value without one looks like."""
    match value:
        case Tag():
            return {"\0": [value.name, value.text]}
        case Question():
            raise AssertionError("what is looked up is never written")
        case str():
            return value
        case Mapping():
            return {key: _exposed(each) for key, each in value.items()}
        case Sequence():
            return [_exposed(each) for each in value]
        case _:
            return value


def text_file(text: str) -> str | None:
    """Give the content of a file that `!file` reads as this text; None where none would."""
    content = escape(text)
    if not text or _NOT_IN_FILES.search(text) or len(content.encode()) > MAX_BYTES:
        return None
    return content


def value_lines(value: Raw) -> list[str]:
    """Give the lines of a value, not indented, as our reader takes them for it."""
    match value:
        case Tag():
            return [f"!{value.name} {one_line(value.text)}"]
        case Question():
            raise AssertionError("what is looked up is never written")
        case str():
            return text_lines(escape(value))
        case Mapping() if value:
            return [line for key, each in value.items() for line in _field(key, each)]
        case Sequence() if value:
            return [line for each in value for line in _item(each)]
        case _:
            return [json.dumps(value)]


def _field(key: str, value: Raw) -> list[str]:
    name = one_line(key)
    lines = value_lines(value)
    if len(name) > LONG_KEY:
        return [f"? {name}", f": {lines[0]}", *indented(lines[1:])]
    if isinstance(value, str) or not _is_filled(value):
        return [f"{name}: {lines[0]}", *indented(lines[1:])]
    return [f"{name}:", *indented(lines)]


def _item(value: Raw) -> list[str]:
    lines = value_lines(value)
    return [f"- {lines[0]}", *indented(lines[1:])]


def _is_filled(value: Raw) -> bool:
    return isinstance(value, (Mapping, Sequence)) and bool(value)


def indented(lines: Sequence[str]) -> list[str]:
    """Give the lines one step further in; empty ones stay empty."""
    return [STEP + line if line else line for line in lines]


def text_lines(text: str) -> list[str]:
    """Give a text as lines that are not indented: a block, where it can be one; else in quotes."""
    lines = text.split("\n")
    if len(lines) == 1 or not text.strip("\n"):
        return [one_line(text)]
    if not all(map(_BLOCK_LINE.fullmatch, lines)):
        return _quoted_lines(text)
    # An indentation indicator only where the first line's own space would be taken for it.
    indent = str(len(STEP)) if text[0] in " \n\t" else ""
    if lines[-1]:
        return [f"|{indent}-", *lines]
    keep = "+" if not lines[-2] else ""
    return [f"|{indent}{keep}", *lines[:-1]]


def _quoted_lines(text: str) -> list[str]:
    """Give a text in quotes, each of its lines on one of its own: an escaped line end is none."""
    lines = [_quoted(line) for line in text.split("\n")]
    # A space at the beginning would be taken for indentation.
    safe = [f"\\{line}" if line.startswith(" ") else line for line in lines]
    return ['"\\', *(f"{line}\\n\\" for line in safe[:-1]), f'{safe[-1]}"']


def one_line(text: str) -> str:
    """Give a text on one line: plain where every reader takes it for this text, else quoted."""
    is_plain = (
        _PLAIN.fullmatch(text) and text.isprintable() and text.lower() not in _NAMES_ELSEWHERE
    )
    return text if is_plain else f'"{_quoted(text)}"'


def _quoted(text: str) -> str:
    return "".join(map(_escaped, text))


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"  # noqa: PLR2004 -- where \u ends
