"""A small OpenAPI document of our own, with every defect that the vendor's is known to have."""

from collections.abc import Mapping
from typing import Final

from assistants_sync.model.value import JsonValue

_PLAIN: Final = {"type": "string", "description": "Words that are not ours to keep."}


def _one(value: str) -> JsonValue:
    return {"type": "string", "enum": [value]}


def _ref(name: str) -> dict[str, JsonValue]:
    return {"$ref": f"#/components/schemas/{name}"}


def _object(required: list[str], **properties: JsonValue) -> JsonValue:
    return {"type": "object", "required": required, "properties": properties}


SCHEMAS: Final[Mapping[str, JsonValue]] = {
    "AssistantBody": _object(
        [],
        name={"type": "string", "maxLength": 40},
        voice={"oneOf": [_ref("Loud"), {**_ref("Quiet"), "title": "A sibling"}]},
        model={"oneOf": [_ref("Small"), _ref("Large")]},
        hooks={"type": "array", "items": {"oneOf": [_ref("Ending"), _ref("AnyHook")]}},
        transcriber={"allOf": [_ref("Ears")], "description": "A reference with a sibling."},
        startSpeakingPlan=_object(
            [],
            plan={"oneOf": [_ref("Quick"), _ref("Slow")]},
            eager={"oneOf": [{"type": "boolean"}, _one("always")]},
        ),
        metadata={"type": "object"},
        server=_object([], url=_PLAIN, timeoutSeconds={"type": "number", "minimum": 1}),
        credentials={"type": "array", "items": _ref("Key")},
        serverMessages={"type": "array", "enum": ["a"], "items": {"type": "string"}},
    ),
    "Loud": _object(
        ["provider", "voiceId"],
        provider=_one("loud"),
        # Both branches take any text: `oneOf` would refuse every name that is in the first.
        voiceId={"oneOf": [{"type": "string", "enum": ["anna", "bert"]}, {"type": "string"}]},
        speed={"type": "number", "minimum": 0.5, "maximum": 2},
        # The enum is meant for the items.
        styles={"type": "array", "enum": ["calm", "gay"], "items": {"type": "string"}},
    ),
    "Quiet": _object(["provider"], provider=_one("quiet"), whisper={"type": "boolean"}),
    "Small": _object(
        ["provider"],
        provider=_one("small"),
        model={"type": "string", "enum": [f"small-{number}" for number in range(20)]},
        tools={"type": "array", "items": {"oneOf": [_ref("Call"), _ref("HandOver")]}},
        note={"type": "string", "nullable": True},
    ),
    "Large": _object(["provider"], provider=_one("large"), size={"type": "integer"}),
    "Call": _object(
        ["type"], type=_one("call"), retry=_ref("Retry"), labels=_ref("Open"), headers=_ref("Open")
    ),
    "HandOver": _object(["type"], type=_one("handOver"), to=_ref("AssistantBody")),
    # An enum of texts that is said to be an object.
    "Retry": _object(["way"], way={"type": "object", "enum": ["fixed", "growing"]}),
    "Ending": _object(["on", "do"], on=_one("call.ending"), do={"type": "array"}),
    "AnyHook": _object(["on"], on={"type": "string"}, name=_PLAIN),
    "Ears": _object(
        ["provider", "note"],
        provider=_one("ears"),
        # JavaScript literals; the last is no regular expression at all.
        keyword={"type": "string", "pattern": r"/^\p{L}+$/u"},
        plain={"type": "string", "pattern": "^[a-z]+$"},
        folded={"type": "string", "pattern": "/^abc$/i"},
        broken={"type": "string", "pattern": "/^[/"},
        note={"type": "string", "nullable": True},
    ),
    # Nothing tells these apart: both say what the other is, too.
    "Quick": _object(
        ["provider"],
        provider={"type": "string", "enum": ["quick", "slow"]},
        now={"type": "boolean"},
    ),
    "Slow": _object(
        ["provider"],
        provider={"type": "string", "enum": ["quick", "slow"]},
        wait={"type": "number"},
    ),
    "Key": _object(["provider"], provider=_one("loud"), key={"type": "string"}),
    "Open": {"type": "object", "additionalProperties": {"type": "string"}},
    "Unreached": _object([], secret=_PLAIN),
}


def openapi_document() -> dict[str, JsonValue]:
    """Give the document."""
    body: JsonValue = {"content": {"application/json": {"schema": _ref("AssistantBody")}}}
    return {
        "openapi": "3.0.0",
        "info": {"title": "A service", "description": "More words.", "version": "1.0"},
        "paths": {
            "/assistant": {"post": {"requestBody": body, "responses": {}}},
            "/other": {"get": {"description": "Not ours."}},
        },
        "components": {"schemas": dict(SCHEMAS), "securitySchemes": {}},
    }
