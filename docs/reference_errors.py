"""The pages of what the tool says when it does not go on: exit codes, errors, guards.

Words are read from the source: what can be said is what is written there, with `…` for values.
"""

import ast
import inspect
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from reference_text import table

from assistants_sync import errors
from assistants_sync.cli import running

CODE: Final = Path(__file__).parents[1] / "assistants_sync"

_MEANING: Final[Mapping[int, str]] = {
    0: "Done; there may have been nothing to do.",
    1: "An error; its code below says which.",
    2: "There is something to do or to look at; only with `--detailed-exitcode`.",
    running.BUG: "A bug in this tool; `-v` shows more.",
    running.INTERRUPTED: "Interrupted; what was done is saved.",
}
_SUMMARY_WITHIN: Final[Mapping[str, int]] = {
    **{each.__name__: 1 for each in vars(errors).values() if isinstance(each, type)},
    "Diagnostic": 2,
    "Lint": 1,
    "Rule": 1,
    "add": 1,
}
"""By what is called: among how many of the first arguments a summary is."""


def exit_codes() -> str:
    """Give the page of exit codes, error codes and summaries."""
    kinds = [
        each
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, errors.SyncError)
    ]
    rows = [(each.exit_code, each.code, _first(each)) for each in kinds]
    codes = sorted({code for code, _, _ in rows} | set(_MEANING))
    text = "# Exit codes and errors\n\n"
    text += table(
        ("exit code", "meaning"),
        (
            (
                f"**{code}**",
                _MEANING.get(code) or " ".join(said for each, _, said in rows if each == code),
            )
            for code in codes
        ),
    )
    text += (
        "## Errors\n\nAn error has four parts: a summary that never changes (search for it here), "
        "what it is about, where, and a hint. `--format json` prints them as `diagnostics`, with "
        "the code:\n\n"
    )
    text += table(
        ("code", "exit code", "meaning"),
        ((f"`{name}`", str(code), said) for code, name, said in rows),
    )
    text += "## Summaries\n\nEvery summary that can stand after `error:` or `warning:`.\n\n"
    return text + "".join(f"- {each}\n" for each in _summaries())


def _first(named: type) -> str:
    return (inspect.getdoc(named) or "").partition("\n")[0]


def _summaries() -> list[str]:
    found = {
        text
        for call in _calls()
        for text in map(_text, call.args[: _SUMMARY_WITHIN.get(_name(call), 0)])
        if text[:1].isupper() and "…" not in text and not text.endswith((".", ":"))
    }
    return sorted(found)


def guards() -> str:
    """Give the page of the guards, and of missing consent."""
    says: dict[str, list[str]] = {}
    ways: dict[str, list[str]] = {}
    for call in _calls():
        if _name(call) != "Block" or not isinstance(call.args[0], ast.Constant):
            continue
        guard, message, way = map(_text, call.args)
        says.setdefault(guard, []).append(message)
        ways.setdefault(guard, []).append(way)
    text = (
        "# Guards\n\nA guard is a named rule that can block a change. `plan` shows the block, "
        "`apply` refuses the whole plan before any write (exit code 3). There is no force.\n\n"
    )
    text += table(
        ("guard", "it says", "the way on"),
        (
            (f"`{each}`", "; or: ".join(says[each]), "; or: ".join(ways[each]))
            for each in sorted(says)
        ),
    )
    text += "## Consent\n\nRefused in the same way, because nobody agreed:\n\n"
    rows = [
        (_text(call.args[1]), _text(call.args[2]), _hint(call))
        for call in _calls("planning/consent.py")
        if _name(call) == "Diagnostic" and _text(call.args[0]) == "consent"
    ]
    return text + table(("error", "about", "the way on"), rows)


def _hint(call: ast.Call) -> str:
    return next((_text(each.value) for each in call.keywords if each.arg == "hint"), "")


def _calls(below: str = "") -> Iterator[ast.Call]:
    """Give every call in our code, in order of file and line."""
    folder = CODE / below
    for path in [folder] if folder.is_file() else sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield node


def _name(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _text(node: ast.expr) -> str:
    """Give a text as it is written; `…` stands where a value goes."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(map(_text, values))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _text(left) + _text(right)
        case _:
            return "…"
