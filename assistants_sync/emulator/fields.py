"""The fields a client may write, as the two references give them.

Source: `2024` is the reference's GET and DELETE pages of early 2024 (their `10 < x < 600` is a
rendering of inclusive bounds: live errors say `must not be less than 10`); `2026` is
CreateAssistantDTO in the OpenAPI document of 2026-08-20. Model providers are 2026's in both, since
the 2024 pages name none.
"""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from assistants_sync.emulator.rules import Choice, Flag, ListOf, Number, Rule, Shape, Text, Uuid

Era: TypeAlias = Literal["2024", "2026", "any"]
"""Which reference the server follows; `any` accepts what either accepts."""

_MODEL: Final = Shape(
    {
        "provider": Choice(
            (
                "anthropic",
                "anthropic-bedrock",
                "anyscale",
                "cerebras",
                "custom-llm",
                "deepinfra",
                "deep-seek",
                "google",
                "groq",
                "inflection-ai",
                "minimax",
                "openai",
                "openrouter",
                "perplexity-ai",
                "together-ai",
                "xai",
                "vapi",
            )
        ),
        "model": Text(),
        "messages": ListOf(Shape()),
        "tools": ListOf(Shape()),
        "toolIds": ListOf(Uuid()),
        "temperature": Number(0, 2),
        "maxTokens": Number(50, 10_000),
    },
    required=("provider",),
)
_PROVIDED: Final = Shape({"provider": Text()}, required=("provider",))

_SHARED: Final[Mapping[str, Rule]] = {
    "model": _MODEL,
    "voice": _PROVIDED,
    "transcriber": _PROVIDED,
    "voicemailMessage": Text(1000),
    "metadata": Shape(),
}

FIELDS_2024: Final[Mapping[str, Rule]] = {
    **_SHARED,
    "name": Text(100),
    "firstMessage": Text(1000),
    "endCallMessage": Text(400),
    "endCallPhrases": ListOf(Text()),
    "clientMessages": ListOf(
        Choice(
            (
                "status-update",
                "speech-update",
                "transcript",
                "hang",
                "function-call",
                "metadata",
                "conversation-update",
            )
        )
    ),
    "serverMessages": ListOf(
        Choice(
            (
                "status-update",
                "transcript",
                "hang",
                "function-call",
                "end-of-call-report",
                "conversation-update",
                "phone-call-control",
            )
        )
    ),
    "backgroundSound": Choice(("off", "office")),
    "maxDurationSeconds": Number(10, 3600),
    "silenceTimeoutSeconds": Number(10, 600),
    "responseDelaySeconds": Number(0, 2),
    "llmRequestDelaySeconds": Number(0, 3),
    "numWordsToInterruptAssistant": Number(1, 10),
    "recordingEnabled": Flag(),
    "hipaaEnabled": Flag(),
    "voicemailDetectionEnabled": Flag(),
    "endCallFunctionEnabled": Flag(),
    "dialKeypadFunctionEnabled": Flag(),
    "forwardingPhoneNumber": Text(),
    "forwardingPhoneNumbers": ListOf(Shape()),
    "serverUrl": Text(),
    "serverUrlSecret": Text(),
}
"""The 26 fields of the 2024 reference that a client may write."""

FIELDS_2026: Final[Mapping[str, Rule]] = {
    **_SHARED,
    "name": Text(40),
    "firstMessage": Text(),
    "firstMessageMode": Choice(
        (
            "assistant-speaks-first",
            "assistant-speaks-first-with-model-generated-message",
            "assistant-waits-for-user",
        )
    ),
    "firstMessageInterruptionsEnabled": Flag(),
    "endCallMessage": Text(1000),
    "endCallPhrases": ListOf(Text(140, min_length=2)),
    "voicemailDetection": Shape(
        {"provider": Choice(("google", "openai", "twilio", "vapi"))},
        required=("provider",),
        word="off",
    ),
    "backgroundSound": Choice(("off", "office"), or_uri=True),
    "clientMessages": ListOf(
        Choice(
            (
                "conversation-update",
                "assistant.speechStarted",
                "function-call",
                "function-call-result",
                "hang",
                "language-changed",
                "metadata",
                "model-output",
                "speech-update",
                "status-update",
                "transcript",
                "tool-calls",
                "tool-calls-result",
                "tool.completed",
                "transfer-update",
                "user-interrupted",
                "voice-input",
                "workflow.node.started",
                "assistant.started",
            )
        )
    ),
    "serverMessages": ListOf(
        Choice(
            (
                "assistant.started",
                "assistant.speechStarted",
                "conversation-update",
                "end-of-call-report",
                "function-call",
                "hang",
                "language-changed",
                "language-change-detected",
                "model-output",
                "phone-call-control",
                "speech-update",
                "status-update",
                "transcript",
                'transcript[transcriptType="final"]',
                "tool-calls",
                "transfer-destination-request",
                "handoff-destination-request",
                "transfer-update",
                "user-interrupted",
                "voice-input",
                "chat.created",
                "chat.deleted",
                "session.created",
                "session.updated",
                "session.deleted",
                "call.deleted",
                "call.delete.failed",
                "call.artifact.upload",
            )
        )
    ),
    "maxDurationSeconds": Number(10, 43_200),
    "modelOutputInMessagesEnabled": Flag(),
    "transportConfigurations": ListOf(Shape()),
    "observabilityPlan": Shape({"tags": ListOf(Text())}),
    "credentials": ListOf(_PROVIDED),
    "credentialIds": ListOf(Text()),
    "hooks": ListOf(Shape({"on": Text()}, required=("on",))),
    "compliancePlan": Shape({"hipaaEnabled": Flag(), "pciEnabled": Flag()}),
    "backgroundSpeechDenoisingPlan": Shape(),
    "analysisPlan": Shape({"minMessagesThreshold": Number(0, float("inf"))}),
    "artifactPlan": Shape({"recordingEnabled": Flag(), "structuredOutputIds": ListOf(Text())}),
    "startSpeakingPlan": Shape({"waitSeconds": Number(0, 5)}),
    "stopSpeakingPlan": Shape(
        {"numWords": Number(0, 10), "voiceSeconds": Number(0, 0.5), "backoffSeconds": Number(0, 10)}
    ),
    "monitorPlan": Shape({"listenEnabled": Flag(), "controlEnabled": Flag()}),
    "server": Shape({"url": Text(), "timeoutSeconds": Number(1, 300), "secret": Text()}),
    "keypadInputPlan": Shape({"enabled": Flag(), "timeoutSeconds": Number(0, 10)}),
}
"""The 31 fields of CreateAssistantDTO; `server.secret` left the document and still works."""
