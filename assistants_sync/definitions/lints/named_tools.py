"""Tools that a prompt tells the model to use, and those it has.

Everything doubtful counts as "has it": a name is told only where nothing attached could bear it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from assistants_sync.model.value import Body, Value, is_list, lookup

_ASKED: Final = re.compile(
    r"""\b(?P<verb>call|calling|invoke|invoking|trigger|run|execute|use|using)\s+
    (?P<article>(?:the|your)\s+)?
    [`'"*]*(?P<name>[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)*)(?P<called>\(\))?[`'"*]*
    (?P<kind>\s+(?:tool|function)\b)?""",
    re.VERBOSE | re.IGNORECASE,
)
_VERB: Final = re.compile("call|invok|trigger|run|execut|us[ei]")
_DENIED: Final = re.compile(
    r"(?:\b(?:not|never|without|cannot)|n['\u2019]t)\s+(?:\w+\s+)?\Z", re.IGNORECASE
)
_BEFORE: Final = 40
"""So many characters before a verb may deny it."""
_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9]+(?:_[A-Za-z0-9]+)+|[a-z][a-z0-9]*[A-Z][A-Za-z0-9]*")
_ACT: Final = re.compile(
    r"(?:add|book|cancel|check|create|delete|end|fetch|find|get|hang|list|log|lookup|look|move|open"
    r"|post|query|read|record|report|reschedule|reserve|save|schedule|search|send|set|submit|take"
    r"|transfer|update|validate|verify)(?:_|(?=[A-Z]))"
)
"""What a tool's name begins with; `use customer_name` is about a value."""
_VALUE: Final = re.compile(r"\{\{[^{}]*\}\}")
_FORMS: Final[Mapping[str, tuple[str, ...]]] = {
    "endCallFunctionEnabled": ("endCall",),
    "dialKeypadFunctionEnabled": ("dtmf",),
    "forwardingPhoneNumber": ("transferCall",),
    "forwardingPhoneNumbers": ("transferCall",),
}
"""Fields of 2024 that attach a tool by themselves."""
_LIKE: Final[Mapping[str, tuple[str, ...]]] = {
    "endCall": ("end", "hang"),
    "transferCall": ("transfer", "forward"),
    "dtmf": ("dtmf", "dial", "press", "keypad"),
    "query": ("query", "search", "knowledge", "lookup", "look"),
    "sms": ("sms", "send", "text"),
    "voicemail": ("voicemail", "leave"),
    "google": ("google", "check", "create", "add", "schedule", "book", "append"),
    "gohighlevel": ("gohighlevel", "ghl", "check", "create", "get", "book"),
    "slack": ("slack", "send", "post"),
}
"""What the name of a tool without one of its own may begin with, by the first word of its type."""
_BY_SQUAD: Final = ("handoff", "handover")
"""Tools that a squad gives its members."""


def missing_tools(body: Body, prompt: str) -> Iterator[tuple[str, int]]:
    """Give each tool that the prompt asks for and nothing attaches, with where it is named."""
    model = body.get("model")
    if not isinstance(model, Mapping) or _has_unread(model):
        return
    names, likes, values = _attached(body, model)
    told: set[str] = set()
    for match in _asked(_VALUE.sub(lambda each: " " * len(each[0]), prompt)):
        name = match["name"]
        plain = _plain(name)
        is_known = plain in names or name in values or plain.startswith((*likes, *_BY_SQUAD))
        if not is_known and plain not in told and _means_tool(match):
            told.add(plain)
            yield name, match.start("name")


def _asked(text: str) -> Iterator[re.Match[str]]:
    """Give every place that asks for something; the verbs are looked for first, which is quick."""
    lower = text.lower()
    if len(lower) != len(text):  # a few capitals of Unicode are two letters then
        yield from _ASKED.finditer(text)
        return
    end = 0
    for verb in _VERB.finditer(lower):
        match = _ASKED.match(text, verb.start()) if verb.start() >= end else None
        if match:
            end = match.end()
            yield match


def arguments_of(tool: Mapping[str, Value]) -> set[str]:
    """Give the names of what a call of a tool fills in."""
    schemas = (lookup(tool, ("function", "parameters")), tool.get("body"))
    found: set[str] = set()
    for schema in schemas:
        properties = schema.get("properties") if isinstance(schema, Mapping) else None
        found |= set(properties) if isinstance(properties, Mapping) else set()
    return found


def _means_tool(match: re.Match[str]) -> bool:
    name, verb = match["name"], match["verb"].lower()
    begin = match.start()
    is_denied = _DENIED.search(match.string, max(0, begin - _BEFORE), begin)
    if is_denied or not _IDENTIFIER.fullmatch(name):
        return False
    is_marked = bool(match["kind"] or match["called"])
    return is_marked or verb in ("invoke", "invoking", "execute") or bool(_ACT.match(name))


def _has_unread(model: Mapping[str, Value]) -> bool:
    """Say whether tools are attached whose names stand elsewhere."""
    tools = _items(model.get("tools"))
    return bool(model.get("toolIds") or model.get("toolRefs")) or any(
        each.get("type") == "mcp" for each in tools
    )


def _attached(
    body: Body, model: Mapping[str, Value]
) -> tuple[set[str], tuple[str, ...], frozenset[str]]:
    """Give the names of tools, what nameless ones may begin with, and the names of arguments."""
    names: set[str] = set()
    likes: list[str] = []
    values: set[str] = set()
    for tool in (*_items(model.get("tools")), *_functions(model)):
        kind = tool.get("type")
        name = lookup(tool, ("function", "name")) or tool.get("name")
        if isinstance(kind, str):
            names.add(_plain(kind))
        if isinstance(name, str):
            names.add(_plain(name))
        elif isinstance(kind, str):
            family = kind.partition(".")[0]
            likes += _LIKE.get(family, (_plain(family),))
        values |= arguments_of(tool)
    if model.get("knowledgeBase"):
        likes += _LIKE["query"]
    for key, kinds in _FORMS.items():
        if body.get(key):
            likes += [like for kind in kinds for like in _LIKE[kind]]
    return names, tuple(likes), frozenset(values)


def _functions(model: Mapping[str, Value]) -> Iterator[Mapping[str, Value]]:
    for function in _items(model.get("functions")):
        yield {"type": "function", "function": function}


def _items(value: Value) -> list[Mapping[str, Value]]:
    return [each for each in value if isinstance(each, Mapping)] if is_list(value) else []


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower()).removesuffix("tool").removesuffix("function")
