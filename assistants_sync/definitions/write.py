"""A body to the text of a definition file: what `import` writes, and our own reader gives back."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final

from assistants_sync.definitions.faults import Faults, error
from assistants_sync.definitions.files import MAX_BYTES
from assistants_sync.definitions.lifecycle import RESERVED
from assistants_sync.definitions.variables import escape, expand
from assistants_sync.definitions.yaml_text import Raw, Tag, parse_documents
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import JsonValue

_HERE: Final = SourceRef("(generated)")
_PLAIN: Final = re.compile(r"[A-Za-z](?:[^\s:#\"\\|>\[\]{}`]|:(?=[^\s:])| (?=[^\s#:]))*")
_NAMES_ELSEWHERE: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_LONG_KEY: Final = 100  # YAML ends a key without `?` at 1024 bytes, escapes included
_STEP: Final = "  "


def dump_definition(body: Mapping[str, JsonValue], key: str | None = None) -> str:
    """Give YAML that reads back as this body, in its order; text of several lines as a block.

    Raises:
        DefinitionError: our own reader would not give the body back.
    """
    for name in RESERVED & body.keys():
        raise error("Reserved key", f"`{name}` cannot be a field of a definition", _HERE)
    whole: dict[str, JsonValue] = {"key": key, **body} if key is not None else dict(body)
    text = "\n".join(_block(whole)) + "\n" if whole else "{}\n"
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise error("File too large", f"the text has more than {MAX_BYTES} bytes", _HERE)
    read = [_expanded(each.value) for each in parse_documents(text, _HERE.file)]
    if [_exact(each) for each in read] != [_exact(whole)]:
        raise error("Not writable as YAML", "the text would be read as another value", _HERE)
    return text


def _exact(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=True)


def _expanded(value: Raw) -> JsonValue:
    match value:
        case Tag():
            raise AssertionError("nothing we write has a tag")
        case str():
            return expand(value, {}, Faults(), _HERE)
        case Mapping():
            return {key: _expanded(each) for key, each in value.items()}
        case Sequence():
            return [_expanded(each) for each in value]
        case _:
            return value


def _block(value: JsonValue) -> list[str]:
    """Give the lines of a value, not indented."""
    match value:
        case str():
            return _text(escape(value))
        case Mapping() if value:
            return [line for key, each in value.items() for line in _field(key, each)]
        case Sequence() if value:
            return [line for each in value for line in _item(each)]
        case _:
            return [json.dumps(value)]


def _field(key: str, value: JsonValue) -> list[str]:
    name = _line(key)
    lines = _block(value)
    if len(name) > _LONG_KEY:
        return [f"? {name}", f": {lines[0]}", *_indented(lines[1:])]
    if isinstance(value, str) or not _is_filled(value):
        return [f"{name}: {lines[0]}", *_indented(lines[1:])]
    return [f"{name}:", *_indented(lines)]


def _item(value: JsonValue) -> list[str]:
    lines = _block(value)
    return [f"- {lines[0]}", *_indented(lines[1:])]


def _is_filled(value: JsonValue) -> bool:
    return isinstance(value, (Mapping, Sequence)) and bool(value)


def _indented(lines: Sequence[str]) -> list[str]:
    return [_STEP + line if line else line for line in lines]


def _text(text: str) -> list[str]:
    lines = text.split("\n")
    if len(lines) == 1 or not all(_fits_block(line) for line in lines) or not text.strip("\n"):
        return [_line(text)]
    # An indentation indicator only where the first line's own spaces would be taken for it.
    indent = str(len(_STEP)) if text[0] in " \n" else ""
    if lines[-1]:
        return [f"|{indent}-", *lines]
    keep = "+" if not lines[-2] else ""
    return [f"|{indent}{keep}", *lines[:-1]]


def _fits_block(line: str) -> bool:
    return not line or (line.isprintable() and bool(line.strip()))


def _line(text: str) -> str:
    is_plain = (
        _PLAIN.fullmatch(text) and text.isprintable() and text.lower() not in _NAMES_ELSEWHERE
    )
    return text if is_plain else '"' + "".join(_escaped(each) for each in text) + '"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"  # noqa: PLR2004 -- where \u ends
