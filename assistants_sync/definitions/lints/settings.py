"""Lints of keys and settings: misplaced, given up, unheard, unguarded."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from assistants_sync.definitions.faults import did_you_mean
from assistants_sync.definitions.lints.finding import Finding
from assistants_sync.definitions.lints.parts import items, objects
from assistants_sync.model.definition import Definition
from assistants_sync.model.value import FieldPath, Secret, Value, lookup, to_dotted
from assistants_sync.resources.kind import Kind
from assistants_sync.resources.voice_keys import MOVED, OWNERS, PROVIDERS

_NAME_LENGTH: Final = 40
_EVENTS: Final = (
    "call.ending",
    "call.timeElapsed",
    "assistant.speech.interrupted",
    "assistant.transcriber.endpointedSpeechLowConfidence",
    "customer.speech.interrupted",
    "customer.speech.timeout",
    "model.response.timeout",
    "session.created",
)
"""Source: the hooks in the OpenAPI document of 2026-08-20, those that no path reaches too."""
_PROOF: Final = re.compile(r"auth|key|token|secret|signature", re.IGNORECASE)


def voice_key_misplaced(kind: Kind, definition: Definition) -> Iterator[Finding]:
    """A voice has a key that its provider refuses."""
    for path, voice in objects(kind, definition.body):
        provider = voice.get("provider")
        is_voice = path[-1:] == ("voice",) or path[-2:-1] == ("voices",)
        if is_voice and isinstance(provider, str) and provider in PROVIDERS:
            for key in voice:
                yield from _misplaced((*path, key), provider, key)


def _misplaced(path: FieldPath, provider: str, key: str) -> Iterator[Finding]:
    owners = OWNERS.get(key, ())
    moved = MOVED.get((provider, key))
    if moved or (owners and provider not in owners):
        whose = f"; {' and '.join(owners)} voices do" if owners else ""
        yield Finding(path, f"{provider} voices take no `{to_dotted(path)}`{whose}", moved)


def hook_never_runs(_: Kind, definition: Definition) -> Iterator[Finding]:
    """A hook waits for an event that does not exist, or does nothing."""
    for path, hook in items(definition.body.get("hooks"), ("hooks",)):
        event, actions = hook.get("on"), hook.get("do")
        name = event.partition("[")[0] if isinstance(event, str) else ""
        near = did_you_mean(name, _EVENTS)
        if name not in _EVENTS and near:
            yield Finding((*path, "on"), f"`{to_dotted((*path, 'on'))}` is no event we know", near)
        elif actions is None or actions == []:
            yield Finding(path, f"`{to_dotted(path)}` has nothing in `do`", "write what it does")


def name_long(kind: Kind, definition: Definition) -> Iterator[Finding]:
    """The name is longer than the API takes today."""
    name = definition.body.get("name")
    may_be_longer = "2024" in kind.references  # elsewhere the one reference refuses it
    if may_be_longer and isinstance(name, str) and len(name) > _NAME_LENGTH:
        yield Finding(("name",), f"`name` has {len(name)} characters; at most {_NAME_LENGTH}")


def server_without_secret(kind: Kind, definition: Definition) -> Iterator[Finding]:
    """A server is called with nothing that proves who calls it."""
    body = definition.body
    if body.get("serverUrl") and not body.get("serverUrlSecret") and not body.get("server"):
        yield Finding(("serverUrl",), "`serverUrl` has no `serverUrlSecret`")
    for path, value in objects(kind, body):
        server = value.get("server")
        # The address of an MCP server is its maker's, and often the secret itself.
        if not isinstance(server, Mapping) or value.get("type") == "mcp":
            continue
        has_legacy = not path and bool(body.get("serverUrlSecret"))
        if server.get("url") and not has_legacy and not _proves(server):
            here = (*path, "server")
            yield Finding(here, f"`{to_dotted(here)}` has no `secret` and no `credentialId`")


def _proves(server: Mapping[str, Value]) -> bool:
    headers = server.get("headers")
    return bool(
        server.get("secret")
        or server.get("credentialId")
        or isinstance(headers, Secret)
        or (isinstance(headers, Mapping) and any(map(_PROOF.search, headers)))
    )


def deprecated_key(kind: Kind, definition: Definition) -> Iterator[Finding]:
    """A key is one that the newest reference calls deprecated."""
    yield from _replaced(kind.deprecated, definition, "deprecated")


def legacy_key(kind: Kind, definition: Definition) -> Iterator[Finding]:
    """A key is one that the newest reference no longer has.

    Written wholly in the fields of an older one, a definition follows that one on purpose.
    """
    nested = {path: successor for path, successor in kind.retired.items() if len(path) > 1}
    yield from _replaced(nested, definition, "no longer in the reference")
    new_fields = _new_fields(kind)
    newest = next((name for name in definition.body if name in new_fields), None)
    if newest is not None:
        why = f"no longer in the reference that has `{newest}`"
        replaced: dict[FieldPath, str] = {
            (name,): to for name, to in kind.successors.items() if name not in kind.lingering
        }
        yield from _replaced(replaced, definition, why)


def _new_fields(kind: Kind) -> frozenset[str]:
    """Give the fields that only the newest of several references has."""
    older, newest = kind.references.get("2024"), kind.references.get("2026")
    if older is None or newest is None:
        return frozenset()
    return frozenset(newest.model_fields.keys() - older.model_fields.keys())


def _replaced(keys: Mapping[FieldPath, str], definition: Definition, why: str) -> Iterator[Finding]:
    for path, successor in keys.items():
        if lookup(definition.body, path) is not None:
            yield Finding(path, f"`{to_dotted(path)}` is {why}", f"use {successor}")
