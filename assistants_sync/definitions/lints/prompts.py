"""Lints of the prompt, and of the tools that it asks for."""

from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Final

from assistants_sync.definitions.lints.finding import Finding
from assistants_sync.definitions.lints.named_tools import arguments_of, missing_tools
from assistants_sync.definitions.lints.parts import items
from assistants_sync.definitions.lints.repetition import repetition
from assistants_sync.definitions.system_texts import system_texts
from assistants_sync.model.definition import Definition
from assistants_sync.model.value import is_list, lookup, to_dotted
from assistants_sync.resources.kind import Kind

_LONG: Final = 200
_NAMED: Final = 5
_CALL_TOKENS: Final = 50
_ARGUMENT_TOKENS: Final = 15
"""What a call and each of its arguments takes: a name, and a short sentence.

Source: 50 is the least `maxTokens` in the OpenAPI document of 2026-08-20; 15 is our estimate.
"""


def prompt_repeated(kind: Kind, definition: Definition) -> Iterator[Finding]:
    """A part of at least 200 characters stands twice in all system text."""
    texts = list(system_texts(kind, definition.body))
    whole = "\n".join(text for _, text in texts)
    found = repetition(whole, _LONG)
    if found is None:
        return
    starts = list(accumulate((len(text) + 1 for _, text in texts), initial=0))
    index = max(at for at, start in enumerate(starts[:-1]) if start <= found.again)
    path, text = texts[index]
    start = starts[index]
    line = text.count("\n", 0, found.again - start) + 1
    before = "in an earlier system message"
    if found.first >= start:
        before = f"from line {text.count(chr(10), 0, found.first - start) + 1} on"
    yield Finding(
        path,
        f"{found.length} characters from line {line} of `{to_dotted(path)}` on stand {before} too",
    )


def prompt_empty(kind: Kind, definition: Definition) -> Iterator[Finding]:
    """A system message holds no text."""
    for path, text in system_texts(kind, definition.body):
        if not text.strip():
            yield Finding(path, f"`{to_dotted(path)}` has no text")


def max_tokens_small(_: Kind, definition: Definition) -> Iterator[Finding]:
    """`maxTokens` is less than the longest call of a tool takes."""
    model = definition.body.get("model")
    limit = lookup(definition.body, ("model", "maxTokens"))
    if (
        not isinstance(model, Mapping)
        or isinstance(limit, bool)
        or not isinstance(limit, int | float)
    ):
        return
    tools = list(items(model.get("tools"), ()))
    if not (tools or model.get("toolIds") or model.get("toolRefs")):
        return
    most = max((len(arguments_of(tool)) for _, tool in tools), default=0)
    needed = _CALL_TOKENS + _ARGUMENT_TOKENS * most
    if limit < needed:
        plural = "" if most == 1 else "s"
        yield Finding(
            ("model", "maxTokens"),
            f"`model.maxTokens` is {limit:g}; a call of {most} argument{plural} may take {needed}",
        )


def tool_not_attached(kind: Kind, definition: Definition) -> Iterator[Finding]:
    """A prompt asks for a tool that nothing attaches."""
    for path, text in system_texts(kind, definition.body):
        missing = list(missing_tools(definition.body, text))
        if missing:
            names = ", ".join(f"`{name}`" for name, _ in missing[:_NAMED])
            more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
            line = text.count("\n", 0, missing[0][1]) + 1
            said = f"line {line} of the prompt asks for {names}{more}, which nothing attaches"
            yield Finding(path, said)


def tool_listed_twice(_: Kind, definition: Definition) -> Iterator[Finding]:
    """A tool stands in `toolIds` and in `toolRefs`."""
    ids = lookup(definition.body, ("model", "toolIds"))
    refs = lookup(definition.body, ("model", "toolRefs"))
    pinned = {ref.get("toolId") for _, ref in items(refs, ())}
    for index, each in enumerate(ids if is_list(ids) else ()):
        if isinstance(each, str) and each in pinned:
            path = ("model", "toolIds", str(index))
            yield Finding(path, f"`{to_dotted(path)}` stands in `model.toolRefs` too")
