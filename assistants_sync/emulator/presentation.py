"""From what was sent to what is stored, and from what is stored to what a reply shows.

Here live the ways in which the API does not answer with what it was told.
"""

from datetime import UTC, datetime
from typing import Final

from assistants_sync.emulator import EMULATOR_ORG_ID
from assistants_sync.emulator.record import Record
from assistants_sync.emulator.wire import Body, Json

_CREDENTIAL_SECRETS: Final = frozenset(
    {
        "apiKey",
        "apiSecret",
        "authToken",
        "awsAccessKeyId",
        "awsSecretAccessKey",
        "clientSecret",
        "ocpApimSubscriptionKey",
        "openAIKey",
        "password",
        "privateKey",
        "secretAccessKey",
        "secretKey",
        "token",
        "webhookUrl",
    }
)
_NO_COMPLIANCE: Final[Body] = {"hipaaEnabled": False, "pciEnabled": False}
_SERVER_TIMEOUT_SECONDS: Final = 20


def stored(body: Body) -> Body:
    """Give a body as the server keeps it.

    A tool in both `toolRefs` and `toolIds` stays in the first only; the version of a Vapi voice
    turns into text. Source: descriptions in the OpenAPI document of 2026-08-20.
    """
    kept = dict(body)
    model, voice = body.get("model"), body.get("voice")
    if isinstance(model, dict):
        kept["model"] = _without_pinned_ids(model)
    if isinstance(voice, dict) and voice.get("provider") == "vapi" and "version" in voice:
        kept["voice"] = {**voice, "version": str(voice["version"])}
    return kept


def shown(record: Record) -> Body:
    """Give the body of a reply.

    - A cleared key is absent; `latestVersion` too, since this organisation has no versions.
    - Secrets of the assistant's own server and of `credentials` are never shown;
      `isServerUrlSecretSet` tells of the first. A tool's `server.secret` is shown.
    - `compliancePlan` and `server.timeoutSeconds` are filled in when they were not sent.

    Source: live objects quoted in public repositories, read 2026-11 (a few show these defaults,
    others none); `credentials` from the OpenAPI document of 2026-08-20.
    """
    body = {name: value for name, value in record.body.items() if name != "serverUrlSecret"}
    is_secret_set = bool(record.body.get("serverUrlSecret"))
    match body.get("server"):
        case dict() as server:
            is_secret_set = is_secret_set or bool(server.get("secret"))
            visible = {name: value for name, value in server.items() if name != "secret"}
            body["server"] = {"timeoutSeconds": _SERVER_TIMEOUT_SECONDS, **visible}
    match body.get("compliancePlan", {}):
        case dict() as plan:
            body["compliancePlan"] = {**_NO_COMPLIANCE, **plan}
    if "credentials" in body:
        body["credentials"] = _without_secrets(body["credentials"])
    return {
        "id": record.id,
        "orgId": EMULATOR_ORG_ID,
        **body,
        "createdAt": iso_time(record.created_ms),
        "updatedAt": iso_time(record.updated_ms),
        "isServerUrlSecretSet": is_secret_set,
    }


def shown_other(record: Record) -> Body:
    """Give the body of a reply about another kind: all that is stored, secrets of a carrier too.

    Source: the OpenAPI document of 2026-08-20 (a phone number's carrier fields are in its reply).
    """
    return {
        "id": record.id,
        "orgId": EMULATOR_ORG_ID,
        **record.body,
        "createdAt": iso_time(record.created_ms),
        "updatedAt": iso_time(record.updated_ms),
    }


def iso_time(milliseconds: int) -> str:
    """Give a time as the API writes it: `2026-11-21T07:10:56.000Z`."""
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03}Z"


def _without_pinned_ids(model: Body) -> Body:
    refs, ids = model.get("toolRefs"), model.get("toolIds")
    if not isinstance(refs, list) or not isinstance(ids, list):
        return model
    pinned = [ref.get("toolId") for ref in refs if isinstance(ref, dict)]
    return {**model, "toolIds": [tool_id for tool_id in ids if tool_id not in pinned]}


def _without_secrets(value: Json) -> Json:
    match value:
        case dict():
            return {
                name: _without_secrets(each)
                for name, each in value.items()
                if name not in _CREDENTIAL_SECRETS
            }
        case list():
            return [_without_secrets(each) for each in value]
        case _:
            return value
