"""A saved plan: what is written reads back, and no byte of it can be changed unnoticed."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from unit.views.plans import RICH, TEXTS, change, plan, plans

from assistants_sync.errors import PlanFileError, StaleError, SyncError
from assistants_sync.model.plan import Action, Block, FieldChange, FieldKind, Plan
from assistants_sync.model.state import Generation
from assistants_sync.model.value import JsonValue
from assistants_sync.planning.document import (
    FORMAT_VERSION,
    count_requests,
    digest_of,
    render_plan,
    summarise,
)
from assistants_sync.planning.loading import load_plan


def text_of(made: Plan) -> str:
    return json.dumps(render_plan(made))


def edited(**fields: JsonValue) -> str:
    return json.dumps({**render_plan(RICH), **fields})


def signed(document: dict[str, JsonValue]) -> str:
    return json.dumps({**document, "digest": digest_of(document)})


# --- round trip -----------------------------------------------------------------------------


def test_a_rich_plan_reads_back_as_it_was_written() -> None:
    assert load_plan(text_of(RICH), "plan.json") == RICH


@given(plans(TEXTS))
def test_a_plan_reads_back_as_it_was_written(made: Plan) -> None:
    assert load_plan(text_of(made), "plan.json") == made


def test_a_plan_before_the_first_apply_reads_back_without_a_state() -> None:
    first = replace(RICH, lineage=None, generation=None, org_id=None)
    assert load_plan(text_of(first), "plan.json") == first


def test_equal_plans_give_equal_bytes() -> None:
    assert text_of(RICH) == text_of(load_plan(text_of(RICH), "plan.json"))


def test_a_plan_written_another_way_is_the_same_plan() -> None:
    text = json.dumps(render_plan(RICH), indent=4, sort_keys=True, ensure_ascii=False)
    assert render_plan(load_plan(text, "plan.json")) == render_plan(RICH)


# --- edits ----------------------------------------------------------------------------------


def test_no_byte_can_be_changed_unnoticed() -> None:
    text = text_of(RICH)
    for place, old in enumerate(text):
        new = "7" if old != "7" else "8"
        with pytest.raises(SyncError) as caught:
            load_plan(text[:place] + new + text[place + 1 :], "plan.json")
        assert isinstance(caught.value, StaleError | PlanFileError)


@pytest.mark.parametrize(
    "fields",
    [
        {"project": "other"},
        {"environment": "default"},
        {"org_id": None},
        {"lineage": "lineage-2"},
        {"serial": 4},
        {"journal": 2},
        {"tool_version": "9"},
        {"blocked": []},
        {"resource_changes": []},
        {"resource_drift": []},
        {"summary": {}},
        {"copies": []},
        {"format_version": "1.9"},
        {"remark": "approved"},
        {"digest": "sha256:" + "0" * 64},
    ],
)
def test_an_edited_plan_is_stale(fields: dict[str, JsonValue]) -> None:
    with pytest.raises(StaleError) as caught:
        load_plan(edited(**fields), "plan.json")
    assert caught.value.exit_code == 4
    assert caught.value.diagnostic.summary == "The plan file was edited"
    assert caught.value.diagnostic.hint == "make the plan again"


@given(plans(TEXTS), plans(TEXTS))
def test_two_plans_have_one_digest_when_they_are_one_plan(left: Plan, right: Plan) -> None:
    digests = render_plan(left)["digest"], render_plan(right)["digest"]
    assert (digests[0] == digests[1]) is (text_of(left) == text_of(right))


# --- other files ----------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "{", "not json", "[" * 100_000, "\x00"])
def test_what_is_no_json_is_no_plan(text: str) -> None:
    with pytest.raises(PlanFileError) as caught:
        load_plan(text, "plan.json")
    fault = caught.value.diagnostic
    assert (fault.summary, fault.detail) == ("The plan file does not parse", "plan.json")


@pytest.mark.parametrize("text", ["[]", "null", "7", "{}", '{"format_version": 1}', '"1.0"'])
def test_other_json_is_no_plan(text: str) -> None:
    with pytest.raises(PlanFileError) as caught:
        load_plan(text, "plan.json")
    fault = caught.value.diagnostic
    assert fault.summary == "The file is not a saved plan"
    assert fault.detail == "plan.json: no format_version"


@pytest.mark.parametrize("version", ["2.0", "0.9", "", "1x", "10.0"])
def test_a_plan_of_another_format_asks_for_another_tool(version: str) -> None:
    with pytest.raises(PlanFileError) as caught:
        load_plan(json.dumps({"format_version": version}), "plan.json")
    fault = caught.value.diagnostic
    assert fault.summary == "The plan file is of another format"
    assert fault.detail == f"plan.json has format {version}; this tool reads {FORMAT_VERSION}"


def test_a_plan_of_a_later_minor_format_may_say_more() -> None:
    later = {**render_plan(RICH), "format_version": "1.9", "added_later": True}
    assert load_plan(signed(later), "plan.json") == RICH


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"project": None}, "project: "),
        ({"resource_changes": [{}]}, "resource_changes.0.address: Field required"),
        ({"resource_changes": {}}, "resource_changes: "),
        ({"serial": "three"}, "serial: "),
        ({"options": None}, "options: "),
    ],
)
def test_a_plan_with_a_wrong_field_names_the_field(
    fields: dict[str, JsonValue], where: str
) -> None:
    with pytest.raises(PlanFileError) as caught:
        load_plan(edited(**fields), "plan.json")
    assert caught.value.diagnostic.detail.startswith(f"plan.json: {where}")


def test_a_plan_of_an_unknown_action_is_no_plan() -> None:
    text = text_of(RICH).replace('"actions": ["forget"]', '"actions": ["burn"]')
    with pytest.raises(PlanFileError, match=r"resource_changes\.1\.change\.actions"):
        load_plan(text, "plan.json")


def test_a_fault_does_not_repeat_what_the_file_holds() -> None:
    with pytest.raises(PlanFileError) as caught:
        load_plan(edited(project=["canary"]), "plan.json")
    assert "canary" not in str(caught.value)


# --- the document ---------------------------------------------------------------------------


def test_the_document_has_terraforms_names() -> None:
    document = render_plan(RICH)
    assert document["format_version"] == FORMAT_VERSION
    (drifted,) = json.loads(text_of(RICH))["resource_drift"]
    assert {field["kind"] for field in drifted["change"]["fields"]} == {"drift", "conflict", "kept"}
    first = json.loads(text_of(RICH))["resource_changes"][0]
    assert first["change"]["actions"] == ["update"]
    assert first["change"]["after_sensitive"] == {
        "server": {"secret": True, "headers": {"a/b~c": True}}
    }
    assert (first["kind"], first["key"]) == ("assistant", "desk")
    assert first["source"] == {"file": "assistants/desk.yaml", "line": 2, "column": 1}


def test_a_summary_counts_every_action_and_what_stands_apart() -> None:
    fields = tuple(
        FieldChange(("a",), kind)
        for kind in (FieldKind.DRIFT, FieldKind.DRIFT, FieldKind.KEPT, FieldKind.CONFLICT)
    )
    block = Block("protected", "it is")
    made = plan(
        *(change(action) for action in Action),
        change(Action.UPDATE, fields=fields, blocked=(block,)),
        blocks=(block,),
    )
    assert summarise(made) == {
        "create": 1,
        "update": 2,
        "delete": 1,
        "forget": 1,
        "no_op": 1,
        "drift": 2,
        "conflict": 1,
        "blocked": 2,
    }
    assert count_requests(made) == {"GET": 4, "POST": 1, "PATCH": 2, "DELETE": 1}


def test_an_empty_plan_sends_nothing() -> None:
    assert set(count_requests(plan()).values()) == {0}
    assert set(summarise(plan()).values()) == {0}


def test_a_generation_needs_both_of_its_halves() -> None:
    document = {**render_plan(replace(RICH, generation=Generation(3, 1))), "journal": None}
    assert load_plan(signed(document), "plan.json").generation is None
