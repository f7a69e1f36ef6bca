# ruff: noqa: N815 -- field names are the API's own
"""The writable fields of an assistant as the 2026 reference has them.

Source: CreateAssistantDTO in the OpenAPI document of 2026-08-20; bounds are inclusive.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Object = dict[str, object]


class Assistant2026(BaseModel):
    """What a definition may hold under the 2026 reference; null clears a field.

    A description is the rule in words, for fields whose type alone does not say it.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    transcriber: Object | None = None
    model: Object | None = None
    voice: Object | None = None
    firstMessage: str | None = None
    firstMessageInterruptionsEnabled: bool | None = None
    firstMessageMode: (
        Literal[
            "assistant-speaks-first",
            "assistant-speaks-first-with-model-generated-message",
            "assistant-waits-for-user",
        ]
        | None
    ) = None
    voicemailDetection: Annotated[
        Literal["off"] | Object | None, Field(description="`off` or an object")
    ] = None
    clientMessages: (
        list[
            Literal[
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
            ]
        ]
        | None
    ) = None
    serverMessages: (
        list[
            Literal[
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
            ]
        ]
        | None
    ) = None
    maxDurationSeconds: Annotated[float, Field(ge=10, le=43200)] | None = None
    backgroundSound: Annotated[
        Annotated[str, Field(pattern=r"^(off|office|https?://\S+)$")] | None,
        Field(description="`off`, `office` or an http(s) address"),
    ] = None
    modelOutputInMessagesEnabled: bool | None = None
    transportConfigurations: list[Object] | None = None
    observabilityPlan: Object | None = None
    credentials: list[Object] | None = None
    hooks: list[Object] | None = None
    name: Annotated[str, Field(max_length=40)] | None = None
    voicemailMessage: Annotated[str, Field(max_length=1000)] | None = None
    endCallMessage: Annotated[str, Field(max_length=1000)] | None = None
    endCallPhrases: list[Annotated[str, Field(min_length=2, max_length=140)]] | None = None
    compliancePlan: Object | None = None
    metadata: Object | None = None
    backgroundSpeechDenoisingPlan: Object | None = None
    analysisPlan: Object | None = None
    artifactPlan: Object | None = None
    startSpeakingPlan: Object | None = None
    stopSpeakingPlan: Object | None = None
    monitorPlan: Object | None = None
    credentialIds: list[str] | None = None
    server: Object | None = None
    keypadInputPlan: Object | None = None
