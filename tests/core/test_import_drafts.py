"""What an import writes: our own reader gives back what is live, and no secret is in it."""

import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_sync.definitions.fields import is_declarable
from assistants_sync.definitions.load import load
from assistants_sync.importing import Adoption, Drafts, assume_unread, draft_all
from assistants_sync.importing.known import agrees
from assistants_sync.model.address import Address
from assistants_sync.model.definition import Definition, Desired
from assistants_sync.model.live import LiveObject
from assistants_sync.model.project import Environment, Project
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import Secret, leaves, lookup
from assistants_sync.resources import KINDS
from assistants_sync.resources.essence import observe

PLACE = SourceRef("f", 1, 1)
KIND = KINDS["assistant"]
PROJECT = Project("shop", Environment())
HOSTILE = st.text(
    st.characters(exclude_categories=["Cs"])
    | st.sampled_from(list("ab \n\t\r:#-'\"|>{}[]$%\\\0\x85\u2028\u2029\ufeff\u200f\u202e\xa0🚀")),
    max_size=12,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(-9, 9) | HOSTILE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(HOSTILE, inner, max_size=3),
    max_leaves=8,
)
MESSAGES = st.lists(
    st.fixed_dictionaries({"role": st.sampled_from(["system", "user"]), "content": HOSTILE}),
    max_size=4,
)
BODIES = st.fixed_dictionaries(
    {"name": HOSTILE},
    optional={
        "model": st.fixed_dictionaries({"messages": MESSAGES, "tools": st.lists(JSON, max_size=2)}),
        "metadata": st.dictionaries(HOSTILE, JSON, max_size=3),
        "server": st.fixed_dictionaries(
            {"url": HOSTILE, "headers": st.dictionaries(HOSTILE, HOSTILE, max_size=2)},
            optional={"secret": HOSTILE, "timeoutSeconds": st.sampled_from([20, 30])},
        ),
        "isServerUrlSecretSet": st.booleans(),
        "futureField": JSON,
    },
)


def seen(**raw: object) -> LiveObject:
    return observe(KIND, json.loads(json.dumps({"id": "id-1", **raw})))


def drafted(prompts: str | None = None, /, **found: LiveObject) -> Drafts:
    adoptions = [
        Adoption(Address(f"assistant.{key}"), found[key], is_defined=False) for key in found
    ]
    return draft_all(KIND, PROJECT, Desired({}), adoptions, prompts)


def read_back(folder: Path, drafts: Drafts) -> Mapping[Address, Definition]:
    """Write the files, and read them as any command would."""
    (folder / "assistants-sync.yaml").write_text("project: shop\n")
    for draft in drafts.drafts:
        key = draft.address.partition(".")[2]
        for name, text in {f"assistants/{key}.yaml": draft.text, **draft.texts}.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(text.encode())
    return load(folder, None).desired.definitions


@given(BODIES, st.sampled_from([None, "prompts/{}.md"]))
def test_a_draft_is_read_back_as_what_is_live(body: dict[str, Any], prompts: str | None) -> None:
    live = seen(**body)
    drafts = drafted(prompts, desk=live)
    assert not drafts.refused
    with TemporaryDirectory() as folder:
        (definition,) = read_back(Path(folder), drafts).values()
    assert agrees(KIND, definition, live)
    declared = leaves(assume_unread(definition, live).body)
    (draft,) = drafts.drafts
    for path, value in leaves(live.body).items():
        is_told = path in KIND.filled_in or path[0] in draft.left_out or value in (None, {})
        is_written = any(path[: len(each)] == each for each in declared)
        assert is_told or is_written or has_only_nulls(lookup(live.body, path[:1]))


def has_only_nulls(value: object) -> bool:
    return isinstance(value, Mapping) and any(
        each is None or each == {} or has_only_nulls(each) for each in value.values()
    )


@given(BODIES)
def test_the_order_of_the_server_changes_nothing_but_what_is_the_users_own(
    body: dict[str, Any],
) -> None:
    body.pop("metadata", None)
    body.get("server", {}).pop("headers", None)
    body.get("model", {}).pop("tools", None)
    turned = {
        key: dict(reversed(each.items())) if isinstance(each, dict) else each
        for key, each in reversed(body.items())
    }
    assert drafted(desk=seen(**body)) == drafted(desk=seen(**turned))


def test_a_definition_reads_as_a_person_would_have_written_it() -> None:
    live = seen(
        orgId="o",
        createdAt="2026-01-01T00:00:00Z",
        latestVersion=None,
        voicemailMessage=None,
        name="Front desk",
        compliancePlan={"pciEnabled": False, "hipaaEnabled": False},
        server={
            "timeoutSeconds": 20,
            "headers": {"Content-Type": "application/json", "X-Key": "canary"},
            "url": "https://hook.example",
        },
        isServerUrlSecretSet=True,
        model={
            "tools": [{"server": {"secret": "canary"}, "destinations": [], "type": "handoff"}],
            "messages": [{"content": "Be kind.\n# Rules \n\tone\n", "role": "system"}],
            "temperature": 0.5,
            "model": "gpt-4o",
            "provider": "openai",
        },
    )
    (draft,) = drafted(**{"front-desk": live}).drafts
    assert draft.text == (
        "name: Front desk\n"
        "model:\n"
        "  provider: openai\n"
        "  model: gpt-4o\n"
        "  temperature: 0.5\n"
        "  messages:\n"
        "    - role: system\n"
        "      content: |\n"
        "        Be kind.\n"
        "        # Rules \n"
        "        \tone\n"
        "  tools:\n"
        "    - type: handoff\n"
        "      destinations: []\n"
        "      server:\n"
        "        secret: !secret FRONT_DESK_MODEL_TOOLS_0_SERVER_SECRET\n"
        "server:\n"
        "  url: https://hook.example\n"
        "  secret: !secret FRONT_DESK_SERVER_SECRET\n"
        "  headers:\n"
        "    Content-Type: application/json\n"
        "    X-Key: !secret FRONT_DESK_MODEL_TOOLS_0_SERVER_SECRET\n"
    )
    assert [(each.name, each.is_hidden) for each in draft.secrets] == [
        ("FRONT_DESK_MODEL_TOOLS_0_SERVER_SECRET", False),
        ("FRONT_DESK_MODEL_TOOLS_0_SERVER_SECRET", False),
        ("FRONT_DESK_SERVER_SECRET", True),
    ]


def test_one_value_in_several_assistants_has_one_name_and_two_values_have_two() -> None:
    def with_header(value: str) -> LiveObject:
        return seen(server={"url": "u", "headers": {"X-Key": value}})

    drafts = drafted(a=with_header("same"), b=with_header("same"), c=with_header("own"))
    names = {each.address: each.name for draft in drafts.drafts for each in draft.secrets}
    assert names == {
        "assistant.a": "SERVER_HEADERS_X_KEY",
        "assistant.b": "SERVER_HEADERS_X_KEY",
        "assistant.c": "C_SERVER_HEADERS_X_KEY",
    }


def test_a_name_a_project_has_for_a_value_is_used_again_and_no_name_twice() -> None:
    mine: dict[str, Any] = {"serverUrlSecret": Secret("known", name="HOOK")}
    taken: dict[str, Any] = {"serverUrlSecret": Secret("x", name="B_SERVER_SECRET")}
    definitions = {
        Address(f"assistant.{key}"): Definition(Address(f"assistant.{key}"), body, PLACE)
        for key, body in (("x", mine), ("y", taken))
    }
    found = {
        "a": seen(server={"url": "u", "secret": "known"}),
        "b": seen(server={"url": "u", "secret": "new"}),
    }
    adoptions = [
        Adoption(Address(f"assistant.{key}"), each, is_defined=False) for key, each in found.items()
    ]
    drafts = draft_all(KIND, PROJECT, Desired(definitions), adoptions)
    assert [each.name for draft in drafts.drafts for each in draft.secrets] == [
        "HOOK",
        "B_SERVER_SECRET_2",
    ]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"server": {"url": "u"}, "isServerUrlSecretSet": True}, ("server", "secret")),
        ({"serverUrl": "u", "isServerUrlSecretSet": True}, ("serverUrlSecret",)),
        ({"server": {"url": "u", "secret": "******"}}, ("server", "secret")),
    ],
)
def test_a_secret_the_server_hides_is_named_and_taken_for_unchanged(
    tmp_path: Path, body: dict[str, Any], path: tuple[str, ...]
) -> None:
    live = seen(name="Desk", **body)
    drafts = drafted(desk=live)
    assert [(each.path, each.is_hidden) for each in drafts.drafts[0].secrets] == [(path, True)]
    (definition,) = read_back(tmp_path, drafts).values()
    assert isinstance(lookup(definition.body, path), Secret)
    assert agrees(KIND, definition, live)


def test_a_key_inside_a_prompt_does_not_reach_a_file() -> None:
    prompt = "Call with\nsk-proj-abcdefghij1234567890"
    live = seen(model={"messages": [{"role": "system", "content": prompt}]})
    for prompts in (None, "prompts/{}.md"):
        (draft,) = drafted(prompts, desk=live).drafts
        assert "abcdefghij" not in draft.text + "".join(draft.texts.values())
        assert [each.is_text for each in draft.secrets] == [True]


def test_what_a_definition_cannot_hold_is_left_out_and_named() -> None:
    live = seen(
        name="Desk",
        futureField={"a": 1},
        maxDurationSeconds=99_999,
        credentials=[{"provider": "openai", "apiKey": "canary"}],
        messagePlan=None,
    )
    (draft,) = drafted(desk=live).drafts
    assert draft.text == "name: Desk\n"
    assert draft.left_out == {
        "credentials": "a secret as a whole",
        "futureField": "in no reference",
        "maxDurationSeconds": "not as the reference wants it",
    }
    assert is_declarable(KIND, "name", "Desk", PROJECT)


@pytest.mark.parametrize("text", ["half \ud800", "x" * 1_100_000])
def test_what_our_reader_could_not_read_is_refused_and_the_rest_goes_on(text: str) -> None:
    drafts = drafted(bad=seen(firstMessage=text), good=seen(firstMessage="Hi"))
    assert [each.address for each in drafts.drafts] == ["assistant.good"]
    assert [each.address for each in drafts.refused] == ["assistant.bad"]
    assert "Traceback" not in drafts.refused[0].detail


def test_system_prompts_go_to_files_of_their_own_where_a_file_can_hold_them() -> None:
    def message(text: str) -> dict[str, str]:
        return {"role": "system", "content": text}

    texts = ["First\n", "CR\r\nLF", "", "Third ${var.x} "]
    live = seen(model={"messages": [*map(message, texts), {"role": "user", "content": "hi"}]})
    (draft,) = drafted("prompts/{}.md", desk=live).drafts
    assert draft.texts == {
        "prompts/desk.md": "First\n",
        "prompts/desk.2.md": "Third $${var.x} ",
    }
    assert draft.text.count("!file") == 2


def test_an_object_of_nulls_in_a_list_keeps_its_place(tmp_path: Path) -> None:
    live = seen(hooks=[{"on": None}, {"on": "call.ending", "do": {"a": None}}])
    drafts = drafted(desk=live)
    (definition,) = read_back(tmp_path, drafts).values()
    assert definition.body == {"hooks": [{}, {"on": "call.ending", "do": {}}]}
    assert agrees(KIND, definition, live)
