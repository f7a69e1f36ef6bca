"""The answers of the two 2024 pages, and answers nobody documented, read into one live object."""

from assistants_sync.model.value import JsonValue
from assistants_sync.resources import KINDS
from assistants_sync.resources.assistant_2024 import Assistant2024
from assistants_sync.resources.essence import observe

_ASSISTANT = KINDS["assistant"]

# The 30 fields of both pages, in the order of the GET page.
# Source: the early-2024 reference pages of GET and DELETE /assistant/{id}.
_GET: dict[str, JsonValue] = {
    "transcriber": {"provider": "deepgram", "model": "nova-2"},
    "model": {"provider": "openai", "messages": []},
    "voice": {"provider": "azure", "voiceId": "andrew"},
    "forwardingPhoneNumber": "+14155550100",
    "recordingEnabled": True,
    "endCallFunctionEnabled": False,
    "dialKeypadFunctionEnabled": False,
    "hipaaEnabled": False,
    "clientMessages": ["transcript", "hang"],
    "serverMessages": ["end-of-call-report"],
    "silenceTimeoutSeconds": 30,
    "responseDelaySeconds": 0.4,
    "llmRequestDelaySeconds": 0.1,
    "numWordsToInterruptAssistant": 2,
    "maxDurationSeconds": 600,
    "backgroundSound": "office",
    "name": "Desk",
    "forwardingPhoneNumbers": [{"type": "number", "number": "+14155550100"}],
    "firstMessage": "Hello",
    "voicemailDetectionEnabled": True,
    "voicemailMessage": "Call back",
    "endCallMessage": "Bye",
    "endCallPhrases": ["bye"],
    "metadata": {},
    "serverUrl": "https://hooks.example",
    "serverUrlSecret": "canary-secret",
    "id": "b1",
    "orgId": "o1",
    "createdAt": "2024-02-01T00:00:00.000Z",
    "updatedAt": "2024-02-01T00:00:00.000Z",
}
_REQUIRED = ("id", "orgId", "createdAt", "updatedAt")


def test_both_2024_pages_give_the_same_live_object() -> None:
    assert len(_GET) == 30
    rest = sorted(name for name in _GET if name not in _REQUIRED)
    deleted = {name: _GET[name] for name in (*_REQUIRED, *rest)}
    found, last = observe(_ASSISTANT, _GET), observe(_ASSISTANT, deleted)
    assert (found.id, found.org_id, found.name) == (last.id, last.org_id, last.name)
    assert set(found.body) == set(last.body) == set(Assistant2024.model_fields)
    assert "canary-secret" not in repr(found)


def test_what_nobody_documents_is_read_all_the_same() -> None:
    odd: dict[str, JsonValue] = {
        **_GET,
        "name": "x" * 500,
        "silenceTimeoutSeconds": -3,
        "clientMessages": "none",
        "model": None,
        "nobodyKnows": [{"deep": None}],
        "modelDeprecations": [1],
        "latestVersion": "v7",
    }
    live = observe(_ASSISTANT, odd)
    assert live.body["nobodyKnows"] == [{"deep": None}]
    assert "latestVersion" not in live.body
    assert "modelDeprecations" not in live.body
