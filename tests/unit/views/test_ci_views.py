"""Reports for machines in a pipeline: valid in form, true in content, harmless in text."""

import json
import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.views.plans import HOSTILE, RICH, change, plan, plans

from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.plan import Action, Block, FieldChange, FieldKind, Plan, Reason
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import JsonValue
from assistants_sync.views.annotations import render_annotations
from assistants_sync.views.gitlab import render_gitlab
from assistants_sync.views.junit import render_faults_junit, render_junit
from assistants_sync.views.run import Run
from assistants_sync.views.sarif import render_faults_sarif, render_sarif

_RUN = Run("validate", "eu", "voice/")
_FAULT = Diagnostic(
    "definition", "Unknown field", "`x`", SourceRef("a b.yaml", 3, 7), "assistant.a", "mend it"
)
_WARNING = Diagnostic("old", "Old field", severity="warning")
_PARTS = HOSTILE | st.sampled_from(["%0A", "::error::x", ",line=9", ":", "\r\n", "]]>", "[a](b)"])
_TEXTS = st.lists(_PARTS, max_size=4).map("".join)
_FAULTS = st.lists(
    st.builds(
        Diagnostic,
        code=_TEXTS,
        summary=_TEXTS,
        detail=_TEXTS,
        where=st.none() | st.builds(SourceRef, _TEXTS, st.integers(0, 9), st.integers(0, 9)),
        address=st.none() | _TEXTS,
        hint=st.none() | _TEXTS,
        severity=st.sampled_from(["error", "warning"]),
    ),
    max_size=3,
)
_CONFLICT = change(fields=(FieldChange(("name",), FieldKind.CONFLICT, "theirs", "ours"),))
_DELETE = change(Action.DELETE, Reason.DEFINITION_REMOVED, address="assistant.old")


def _check_sarif(log: dict[str, Any]) -> None:
    """Check what a reader of SARIF 2.1.0 relies on.

    Source: OASIS, Static Analysis Results Interchange Format 2.1.0, parts 3.13, 3.14, 3.27.
    """
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    rules = [rule["id"] for rule in driver["rules"]]
    assert driver["name"]
    assert len(rules) == len(set(rules))
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"] if "ruleIndex" in result else True
        assert result["ruleId"] in rules
        assert result["level"] in {"none", "note", "warning", "error"}
        assert isinstance(result["message"]["text"], str)
        for location in result.get("locations", ()):
            physical = location["physicalLocation"]
            assert isinstance(physical["artifactLocation"]["uri"], str)
            region = physical.get("region", {"startLine": 1})
            assert region["startLine"] >= 1
            assert region.get("startColumn", 1) >= 1


def _results(text: str) -> list[dict[str, JsonValue]]:
    document = json.loads(text)
    _check_sarif(document)
    found: list[dict[str, JsonValue]] = document["runs"][0]["results"]
    return found


def _report(text: str) -> ET.Element:
    return ET.fromstring(text.encode())  # noqa: S314 -- our own document


# --- GitLab ---------------------------------------------------------------------------------


def test_gitlab_counts_three_actions() -> None:
    made = plan(_DELETE, _CONFLICT, change(Action.NO_OP, Reason.UNCHANGED), change(Action.FORGET))
    assert json.loads(render_gitlab(made)) == {"create": 0, "update": 1, "delete": 1}
    assert json.loads(render_gitlab(plan())) == {"create": 0, "update": 0, "delete": 0}


# --- JUnit ----------------------------------------------------------------------------------


def test_what_is_blocked_or_in_conflict_is_a_failed_test() -> None:
    blocks = (Block("protected", "it is"), Block("in_use", "by a squad", "stop that"))
    made = plan(_CONFLICT, change(Action.DELETE, address="assistant.kept", blocked=blocks), _DELETE)
    suite = _report(render_junit(made, "voice/"))
    failed = {
        case.get("name"): [(each.get("type"), each.text) for each in case.iter("failure")]
        for case in suite.iter("testcase")
    }
    assert failed == {
        "plan": [],
        "assistant.desk": [
            ("conflict", "conflict: changed in the file and on the server: name"),
        ],
        "assistant.kept": [
            ("protected", "protected: it is\nin_use: by a squad; hint: stop that"),
        ],
        "assistant.old": [],
    }
    assert (suite.get("tests"), suite.get("failures")) == ("4", "2")
    assert {case.get("file") for case in suite.iter("testcase")} == {
        None,
        "voice/assistants/desk.yaml",
    }


def test_a_block_of_the_whole_plan_fails_the_plan() -> None:
    suite = _report(render_junit(plan(blocks=(Block("too_many_gone", "2 of 2"),))))
    (failure,) = suite.iter("failure")
    assert failure.attrib == {"type": "too_many_gone", "message": "2 of 2"}


def test_an_empty_plan_is_one_test_that_passed() -> None:
    suite = _report(render_junit(plan()))
    assert [each.get("name") for each in suite.iter("testcase")] == ["plan"]
    assert suite.get("failures") == "0"


def test_each_address_with_a_fault_is_a_failed_test_and_a_warning_is_none() -> None:
    suite = _report(render_faults_junit([_FAULT, _FAULT, _WARNING], _RUN))
    assert [each.get("name") for each in suite.iter("testcase")] == ["assistant.a", "validate"]
    (failure,) = suite.iter("failure")
    assert (failure.text or "").count("a b.yaml:3:7: Unknown field: `x`; hint: mend it") == 2
    assert [each.text for each in suite.iter("system-out")] == ["Old field"]


@given(plans(_TEXTS), _FAULTS)
def test_any_text_gives_a_whole_report(made: Plan, faults: list[Diagnostic]) -> None:
    cases = [*_report(render_junit(made)).iter("testcase")]
    assert len(cases) == len(made.changes) + 1
    _report(render_faults_junit(faults, _RUN))


# --- SARIF ----------------------------------------------------------------------------------


def test_every_danger_is_a_result_at_its_line() -> None:
    rich = {each["ruleId"]: each["level"] for each in _results(render_sarif(RICH))}
    assert rich == {
        "too_many_gone": "error",
        "protected": "error",
        "not_ours": "error",
        "conflict": "error",
        "destructive_update": "warning",
    }
    (deletion,) = _results(render_sarif(plan(_DELETE), "voice/"))
    assert (deletion["ruleId"], deletion["level"]) == ("deletion", "warning")
    assert deletion["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "voice/assistants/desk.yaml"},
                "region": {"startLine": 2, "startColumn": 1},
            },
            "logicalLocations": [
                {"fullyQualifiedName": "assistant.old", "kind": "resource"},
            ],
        }
    ]


def test_a_plan_without_danger_has_no_result() -> None:
    assert _results(render_sarif(plan(change()))) == []


def test_a_finding_keeps_its_fingerprint_when_its_line_moves() -> None:
    first, second = (
        Diagnostic("definition", "Unknown field", "`x`", SourceRef("a b.yaml", line, 1))
        for line in (3, 9)
    )
    (one,), (two,) = (_results(render_faults_sarif([each], _RUN)) for each in (first, second))
    assert one["partialFingerprints"] == two["partialFingerprints"]
    assert one["locations"] != two["locations"]


def test_a_fault_is_a_result_and_the_run_did_not_succeed() -> None:
    text = render_faults_sarif([_FAULT, _WARNING], _RUN)
    run = json.loads(text)["runs"][0]
    assert run["invocations"] == [{"executionSuccessful": False}]
    assert run["automationDetails"] == {"id": "assistants-sync/validate/eu/"}
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["definition", "old"]
    assert [each["level"] for each in _results(text)] == ["error", "warning"]
    assert "voice/a%20b.yaml" in text


def test_only_a_warning_leaves_a_run_that_succeeded() -> None:
    run = json.loads(render_faults_sarif([_WARNING], _RUN))["runs"][0]
    assert run["invocations"] == [{"executionSuccessful": True}]


@given(plans(_TEXTS), _FAULTS)
def test_any_text_gives_valid_sarif_without_a_link(made: Plan, faults: list[Diagnostic]) -> None:
    for text in (render_sarif(made), render_faults_sarif(faults, _RUN)):
        for result in _results(text):
            message = result["message"]
            assert isinstance(message, dict)
            plain = re.sub(r"\\[\\\[\]]|\{\{|\}\}", "", message["text"])
            assert not set(plain) & set("[]{}")


# --- GitHub's annotations -------------------------------------------------------------------


def test_a_fault_is_told_beside_its_line() -> None:
    assert render_annotations([_FAULT, _WARNING], _RUN) == (
        "::error file=voice/a b.yaml,line=3,col=7,title=Unknown field"
        "::assistant.a: `x`%0Ahint: mend it\n"
        "::warning title=Old field::Old field\n"
    )


@pytest.mark.parametrize(
    ("text", "shown"), [("a,b:c", "a%2Cb%3Ac"), ("50%", "50%25"), ("a\nb", "a\\nb")]
)
def test_a_property_cannot_begin_another(text: str, shown: str) -> None:
    fault = Diagnostic("c", text)
    assert render_annotations([fault], _RUN).startswith(f"::error title={shown}::")


@given(_FAULTS)
def test_one_fault_is_one_command_whatever_it_says(faults: list[Diagnostic]) -> None:
    text = render_annotations(faults, _RUN)
    lines = text.splitlines()
    assert len(lines) == len(faults)
    for line in lines:
        found = re.fullmatch(r"::(error|warning) ([^:]*)::(.*)", line)
        assert found
        names = [each.partition("=")[0] for each in found[2].split(",")]
        assert names in (["title"], ["file", "title"], ["file", "line", "col", "title"])
