"""The kinds that may refer to an assistant: read before a deletion, re-pointed, never owned.

Source: the OpenAPI document of 2026-08-20 (paths, list shapes, PATCH), and VapiAI/gitops at
2026-06-08 (PATCH of a tool refuses `type`).
"""

from collections.abc import Mapping
from typing import Final

from assistants_sync.resources.assistant import ASSISTANT
from assistants_sync.resources.kind import Kind, Patterns

CALL: Final = Kind(
    name="call",
    path="/call",
    server_owned=ASSISTANT.server_owned,
    secrets=ASSISTANT.secrets,
    secret_texts=ASSISTANT.secret_texts,
    is_over=("ended",),
)


def _referrer(
    name: str,
    path: str,
    *,
    can_relink: bool = True,
    is_over: tuple[str, ...] = (),
    patch_needs: tuple[str, ...] = (),
) -> Kind:
    return Kind(
        name=name,
        path=path,
        server_owned=ASSISTANT.server_owned,
        secrets=ASSISTANT.secrets,
        secret_texts=Patterns(*ASSISTANT.secret_texts, ("twilioAuthToken",), ("vonageApiSecret",)),
        can_relink=can_relink,
        is_over=is_over,
        patch_needs=patch_needs,
    )


CREDENTIAL: Final = Kind(
    name="credential",
    path="/credential",
    server_owned=ASSISTANT.server_owned,
    secrets=ASSISTANT.secrets,
    secret_texts=ASSISTANT.secret_texts,
)
"""Only ever listed, for its name. Source: VapiAI/gitops at 2026-06-08, which does the same."""

FILE: Final = Kind(
    name="file",
    path="/file",
    server_owned=ASSISTANT.server_owned,
    secrets=ASSISTANT.secrets,
    secret_texts=ASSISTANT.secret_texts,
)

REFERRERS: Final[Mapping[str, Kind]] = {
    kind.name: kind
    for kind in (
        _referrer("phone-number", "/phone-number"),
        _referrer("squad", "/squad", patch_needs=("members",)),
        _referrer("tool", "/tool"),
        _referrer("structured-output", "/structured-output"),
        _referrer("scorecard", "/observability/scorecard"),
        _referrer("campaign", "/campaign", can_relink=False, is_over=("ended",)),
        _referrer("campaign-v2", "/v2/campaign", can_relink=False, is_over=("ended",)),
        _referrer("simulation-suite", "/eval/simulation/suite"),
    )
}
"""Every kind read as a whole, by name; calls are read for one assistant at a time."""
