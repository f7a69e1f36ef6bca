# ruff: noqa: N815 -- field names are the API's own
"""The writable fields of an assistant as the 2024 reference has them.

Source: the GET and DELETE reference pages of 2024, read 2026-11-20; ranges are taken as inclusive.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Object = dict[str, object]


class Assistant2024(BaseModel):
    """What a definition may hold under the 2024 reference; null clears a field."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    transcriber: Object | None = None
    model: Object | None = None
    voice: Object | None = None
    forwardingPhoneNumber: str | None = None
    recordingEnabled: bool | None = None
    endCallFunctionEnabled: bool | None = None
    dialKeypadFunctionEnabled: bool | None = None
    hipaaEnabled: bool | None = None
    clientMessages: (
        list[
            Literal[
                "status-update",
                "speech-update",
                "transcript",
                "hang",
                "function-call",
                "metadata",
                "conversation-update",
            ]
        ]
        | None
    ) = None
    serverMessages: (
        list[
            Literal[
                "status-update",
                "transcript",
                "hang",
                "function-call",
                "end-of-call-report",
                "conversation-update",
                "phone-call-control",
            ]
        ]
        | None
    ) = None
    silenceTimeoutSeconds: Annotated[float, Field(ge=10, le=600)] | None = None
    responseDelaySeconds: Annotated[float, Field(ge=0, le=2)] | None = None
    llmRequestDelaySeconds: Annotated[float, Field(ge=0, le=3)] | None = None
    numWordsToInterruptAssistant: Annotated[float, Field(ge=1, le=10)] | None = None
    maxDurationSeconds: Annotated[float, Field(ge=10, le=3600)] | None = None
    backgroundSound: Literal["off", "office"] | None = None
    name: Annotated[str, Field(max_length=100)] | None = None
    forwardingPhoneNumbers: list[Object] | None = None
    firstMessage: Annotated[str, Field(max_length=1000)] | None = None
    voicemailDetectionEnabled: bool | None = None
    voicemailMessage: Annotated[str, Field(max_length=1000)] | None = None
    endCallMessage: Annotated[str, Field(max_length=400)] | None = None
    endCallPhrases: list[str] | None = None
    metadata: Object | None = None
    serverUrl: str | None = None
    serverUrlSecret: str | None = None
