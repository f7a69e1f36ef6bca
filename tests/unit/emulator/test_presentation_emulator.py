"""How a reply differs from what was sent."""

from assistants_sync.emulator.presentation import iso_time, shown, stored
from assistants_sync.emulator.record import Record
from assistants_sync.emulator.wire import Body


def reply_to(body: Body) -> Body:
    """Give what a reply shows of a body."""
    return shown(Record("the-id", 0, 0, stored(body)))


def test_the_assistants_own_secrets_are_only_told_of() -> None:
    shown_server = reply_to({"server": {"url": "https://us.example", "secret": "canary"}})
    assert shown_server["server"] == {"url": "https://us.example", "timeoutSeconds": 20}
    assert shown_server["isServerUrlSecretSet"] is True
    legacy = reply_to({"serverUrl": "https://us.example", "serverUrlSecret": "canary"})
    assert "serverUrlSecret" not in legacy
    assert legacy["isServerUrlSecretSet"] is True


def test_a_server_without_a_secret_has_none() -> None:
    assert reply_to({"server": {"url": "https://us.example"}})["isServerUrlSecretSet"] is False


def test_a_tools_secret_is_shown_in_clear() -> None:
    model: Body = {"provider": "openai", "tools": [{"server": {"secret": "canary"}}]}
    assert reply_to({"model": model})["model"] == model


def test_credentials_come_back_without_their_secrets() -> None:
    body = reply_to(
        {
            "credentials": [
                {"provider": "openai", "name": "ours", "apiKey": "canary"},
                {"provider": "webhook", "authenticationPlan": {"type": "x", "token": "canary"}},
            ]
        }
    )
    assert body["credentials"] == [
        {"provider": "openai", "name": "ours"},
        {"provider": "webhook", "authenticationPlan": {"type": "x"}},
    ]


def test_defaults_fill_in_what_was_not_sent_and_yield_to_what_was() -> None:
    body = reply_to({"compliancePlan": {"hipaaEnabled": True}, "server": {"timeoutSeconds": 5}})
    assert body["compliancePlan"] == {"hipaaEnabled": True, "pciEnabled": False}
    assert body["server"] == {"timeoutSeconds": 5}


def test_a_pinned_tool_leaves_the_list_of_ids() -> None:
    model: Body = {"toolIds": ["a", "b"], "toolRefs": [{"toolId": "b", "version": "v1"}]}
    assert stored({"model": model})["model"] == {**model, "toolIds": ["a"]}


def test_a_vapi_voices_version_turns_into_text() -> None:
    assert stored({"voice": {"provider": "vapi", "version": 2}})["voice"] == {
        "provider": "vapi",
        "version": "2",
    }
    assert stored({"voice": {"provider": "x", "version": 2}})["voice"] == {
        "provider": "x",
        "version": 2,
    }


def test_times_have_milliseconds_and_a_z() -> None:
    assert iso_time(1_795_000_000_007) == "2026-11-18T11:06:40.007Z"
