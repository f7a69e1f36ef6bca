"""The assistant: its path, what the server owns, what is secret, which lists are sets.

Source: the 2024 GET and DELETE pages; the OpenAPI document of 2026-08-20; VapiAI/gitops at
2026-06-08 (keys it strips from live objects, paths whose order it ignores).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from assistants_sync.resources.assistant_words import WORDS
from assistants_sync.resources.kind import Kind, Patterns
from assistants_sync.resources.reference_models import ReferenceModels

if TYPE_CHECKING:
    from pydantic import BaseModel


def _references() -> "Mapping[str, type[BaseModel]]":
    from assistants_sync.resources.assistant_2024 import Assistant2024
    from assistants_sync.resources.assistant_2026 import Assistant2026

    return {"2024": Assistant2024, "2026": Assistant2026}


ASSISTANT: Final = Kind(
    name="assistant",
    path="/assistant",
    server_owned=frozenset(
        {
            "id",
            "orgId",
            "createdAt",
            "updatedAt",
            "latestVersion",
            "modelDeprecations",
            "isServerUrlSecretSet",
            "analyticsMetadata",
            "isDeleted",
            "workflowIds",
        }
    ),
    secrets=Patterns(
        ("serverUrlSecret",), ("server", "secret"), ("credentials",), ("headers", "*")
    ),
    secret_texts=Patterns(
        ("secret",),
        ("apiKey",),
        ("authToken",),
        ("accessToken",),
        ("refreshToken",),
        ("clientSecret",),
        ("hmacSecret",),
        ("secretKey",),
        ("secretAccessKey",),
        ("privateKey",),
        ("password",),
        ("authPassword",),
    ),
    sets=Patterns(
        ("toolIds",),
        ("toolRefs",),
        ("structuredOutputIds",),
        ("scorecardIds",),
        ("credentialIds",),
        ("monitorIds",),
        ("outcomeIds",),
        ("clientMessages",),
        ("serverMessages",),
        ("endCallPhrases",),
        ("keyterm",),
        ("keyterms",),
        ("keywords",),
        ("encryptedPaths",),
        ("observabilityPlan", "tags"),
    ),
    flags={"isServerUrlSecretSet": ("server", "secret")},
    messages=(("model", "messages"),),
    lists=(("model", "tools"), ("model", "toolIds"), ("model", "toolRefs")),
    objects=(("model", "knowledgeBase"),),
    references=ReferenceModels(_references),
    successors={
        "voicemailDetectionEnabled": "voicemailDetection",
        "silenceTimeoutSeconds": "a hook on customer.speech.timeout",
        "responseDelaySeconds": "startSpeakingPlan.waitSeconds",
        "llmRequestDelaySeconds": (
            "startSpeakingPlan.transcriptionEndpointingPlan.onPunctuationSeconds"
        ),
        "numWordsToInterruptAssistant": "stopSpeakingPlan.numWords",
        "recordingEnabled": "artifactPlan.recordingEnabled",
        "hipaaEnabled": "compliancePlan.hipaaEnabled",
        "endCallFunctionEnabled": "a tool of type endCall in model.tools",
        "dialKeypadFunctionEnabled": "a tool of type dtmf in model.tools",
        "forwardingPhoneNumber": "a tool of type transferCall in model.tools",
        "forwardingPhoneNumbers": "a tool of type transferCall in model.tools",
        "serverUrl": "server.url",
        "serverUrlSecret": "server.secret",
    },
    # Source: VapiAI/gitops docs/guides, October 2026.
    lingering=frozenset({"silenceTimeoutSeconds", "endCallFunctionEnabled"}),
    retired={
        ("messagePlan",): "a hook on customer.speech.timeout",
        ("backgroundDenoisingEnabled",): "backgroundSpeechDenoisingPlan",
        ("pciEnabled",): "compliancePlan.pciEnabled",
        ("model", "systemPrompt"): "a message of role system in model.messages",
        ("model", "functions"): "tools of type function in model.tools",
    },
    words=WORDS,
    # Source: VapiAI/gitops guide of 2026-10 and public reports (2026-11-21): taken, not listed.
    undocumented=Patterns(
        ("server", "secret"),
        ("compliancePlan", "zdrEnabled"),
        ("transcriber", "eagerEotThreshold"),
        ("transcriber", "languageHint"),
        ("model", "systemPrompt"),
        ("model", "functions"),
    ),
    deprecated={
        ("analysisPlan",): "artifactPlan.structuredOutputIds and artifactPlan.scorecardIds",
        ("startSpeakingPlan", "smartEndpointingEnabled"): "startSpeakingPlan.smartEndpointingPlan",
    },
    # Source: live objects of minimal assistants quoted in public repositories, read 2026-11; a
    # default that only a description tells of was not seen in any of them.
    filled_in={
        ("compliancePlan", "hipaaEnabled"): False,
        ("compliancePlan", "pciEnabled"): False,
        ("hipaaEnabled",): False,
        ("server", "timeoutSeconds"): 20,
    },
    formerly_hidden={"isServerUrlSecretSet": ("serverUrl", ("serverUrlSecret",))},
    open_names=frozenset({"accept", "accept-language", "content-type", "user-agent"}),
    # Source: the OpenAPI document of 2026-08-20, which tells the members of a union apart by the
    # first four.
    leading=(
        "provider",
        "type",
        "role",
        "on",
        "name",
        "description",
        "model",
        "voiceId",
        "url",
        "method",
    ),
    free_form=frozenset({"metadata", "parameters", "schema", "properties", "headers", "body"}),
)
