"""The lints: each prevents something that happened, and says where that is written down."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from assistants_sync.definitions.lints.finding import Finding
from assistants_sync.definitions.lints.prompts import (
    max_tokens_small,
    prompt_empty,
    prompt_repeated,
    tool_listed_twice,
    tool_not_attached,
)
from assistants_sync.definitions.lints.settings import (
    deprecated_key,
    hook_never_runs,
    legacy_key,
    name_long,
    server_without_secret,
    voice_key_misplaced,
)
from assistants_sync.model.definition import Definition
from assistants_sync.model.project import LintCode, LintName
from assistants_sync.resources.kind import Kind

_Finder: TypeAlias = Callable[[Kind, Definition], Iterator[Finding]]


@dataclass(frozen=True, slots=True)
class Lint:
    """One lint: its name for people, what it looks for, what to do, and why it is here."""

    summary: str
    what: str
    hint: str
    source: str


UNUSED: Final = Lint(
    "Exception that excuses nothing",
    "An entry of `lint_exceptions` names a lint that finds nothing in this definition.",
    "remove it: it would hide the next finding",
    "our own: a reason outlives what it was given for",
)

LINTS: Final[Mapping[LintName, tuple[Lint, _Finder]]] = {
    "prompt_repeated": (
        Lint(
            "Prompt repeats itself",
            "A part of 200 characters or more stands twice in the system text.",
            "keep one of the two: a model follows both, and they drift apart",
            "VapiAI/gitops improvements no. 8, 2026-04-19: a new prompt pasted over the old one",
        ),
        prompt_repeated,
    ),
    "prompt_empty": (
        Lint(
            "Empty system prompt",
            "A system message holds no text.",
            "write the prompt, or leave the message out: what is not declared is left as it is",
            "VapiAI/gitops commit ba304b8, 2026-05-13: three assistants took calls with no prompt",
        ),
        prompt_empty,
    ),
    "max_tokens_small": (
        Lint(
            "Too few tokens for a tool call",
            "`model.maxTokens` is less than a call of one of the tools takes: it is cut off.",
            "raise it; what an assistant says is kept short by its prompt",
            "VapiAI/gitops improvements no. 19, 2026-04-29: calls of tools cut off amid their JSON",
        ),
        max_tokens_small,
    ),
    "tool_not_attached": (
        Lint(
            "Tool named but not attached",
            "The prompt asks for a tool that the definition does not attach.",
            "attach it in `model.tools` or `model.toolIds`, or take it out of the prompt",
            "VapiAI/gitops improvements no. 8, 2026-04-19: tools in the prompt, not in the model",
        ),
        tool_not_attached,
    ),
    "tool_listed_twice": (
        Lint(
            "Tool listed twice",
            "A tool stands in `toolIds` and in `toolRefs`: the server drops it from `toolIds`.",
            "keep the one in `toolRefs`, which names its version",
            "OpenAPI document of 2026-08-20, description of `toolRefs`",
        ),
        tool_listed_twice,
    ),
    "voice_key_misplaced": (
        Lint(
            "Voice key of another provider",
            "A voice has a key that its provider refuses (400), often left from another one.",
            "remove it, or write what this provider has instead",
            "VapiAI/gitops improvements no. 9, 2026-04-19: `property speed should not exist`",
        ),
        voice_key_misplaced,
    ),
    "hook_never_runs": (
        Lint(
            "Hook that never runs",
            "A hook waits for a misspelt event, or does nothing: it is skipped without a word.",
            "write an event of the reference",
            "VapiAI/gitops docs/learnings/assistants.md, 2026-06-08: bad hooks silently skipped",
        ),
        hook_never_runs,
    ),
    "name_long": (
        Lint(
            "Name too long for the API",
            "`name` has more than 40 characters: the API refuses it today, whatever 2024 said.",
            "shorten it: the key is the identity, nothing else changes",
            "VapiAI/gitops improvements no. 18, 2026-04-29: a 400 in the middle of a push",
        ),
        name_long,
    ),
    "server_without_secret": (
        Lint(
            "Server without a secret",
            "A server is called without a secret, a credential or a header that proves the caller.",
            "write `secret: !secret NAME` or a `credentialId`; sent without, it may be wiped",
            "VapiAI/gitops of 2026-06-08, against a stand-in: pull, then push, erased the secret",
        ),
        server_without_secret,
    ),
    "deprecated_key": (
        Lint(
            "Deprecated key",
            "A key is one that the reference of 2026 still takes and calls deprecated.",
            "use what replaces it",
            "OpenAPI document of 2026-08-20; `analysisPlan` since 2026-04-02",
        ),
        deprecated_key,
    ),
    "legacy_key": (
        Lint(
            "Key the API no longer takes",
            "A key that the reference of 2026 has no more stands among keys that only it has.",
            "use what replaces it",
            "OpenAPI documents of 2024-10-10 to 2026-08-18: gone without notice, some a 400",
        ),
        legacy_key,
    ),
}
"""Every lint by its code, with what finds it."""


def lint_of(code: LintCode) -> Lint:
    """Give the lint of a code."""
    return UNUSED if code == "unused_exception" else LINTS[code][0]
