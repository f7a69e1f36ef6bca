"""The three-way rule, row by row, as the README's table has it."""

import pytest

from assistants_sync.model.state import Leaf
from assistants_sync.model.value import Secret, Value
from assistants_sync.planning.three_way import Verdict, judge_declared, judge_undeclared
from assistants_sync.resources import KINDS
from assistants_sync.resources.fingerprint import Hasher

HASHER = Hasher(KINDS["assistant"], "01" * 32)
PATH, TOOLS = ("firstMessage",), ("model", "tools")


def leaf(applied: Value, baseline: Value, *, kept: bool = False) -> Leaf:
    """What state remembers of `PATH`: what we sent, and what the server made of it."""
    return Leaf(HASHER.applied(PATH, applied), HASHER.observed(PATH, baseline), kept)


def declared(desired: Value, live: Value, known: Leaf | None, *, quiet: bool = False) -> Verdict:
    return judge_declared(HASHER, PATH, desired, live, known, quiet=quiet)


def undeclared(live: Value, known: Leaf, *, quiet: bool = False, hidden: bool = False) -> Verdict:
    return judge_undeclared(HASHER, PATH, live, known, quiet=quiet, hidden=hidden)


@pytest.mark.parametrize("quiet", [False, True])
@pytest.mark.parametrize(
    ("desired", "live", "verdict"),
    [
        ("hi", "hi", Verdict.RECORD),
        ("hi", "ho", Verdict.UPDATE),
        ("hi", None, Verdict.UPDATE),
        (None, None, Verdict.RECORD),
        (None, "ho", Verdict.UPDATE),
        (20, 20.0, Verdict.RECORD),
        (True, 1, Verdict.UPDATE),
    ],
)
def test_without_a_baseline_there_are_two_sides(
    desired: Value, live: Value, verdict: Verdict, *, quiet: bool
) -> None:
    assert declared(desired, live, None, quiet=quiet) is verdict


@pytest.mark.parametrize(
    ("desired", "sent", "baseline", "live", "verdict"),
    [
        # D changed
        ("new", "old", "old", "new", Verdict.RECORD),
        ("new", "old", "new", "new", Verdict.RECORD),
        ("new", "old", "old", "old", Verdict.UPDATE),
        ("new", "old", "OLD", "OLD", Verdict.UPDATE),
        ("new", "old", "old", "theirs", Verdict.CONFLICT),
        ("new", "old", "old", None, Verdict.CONFLICT),
        (None, "old", "old", "old", Verdict.UPDATE),
        (None, "old", "old", None, Verdict.RECORD),
        # D as sent
        ("old", "old", "old", "old", Verdict.UNCHANGED),
        ("old", "old", "OLD", "OLD", Verdict.UNCHANGED),
        ("old", "old", None, None, Verdict.UNCHANGED),
        ("old", "old", "OLD", "old", Verdict.RECORD),
        ("old", "old", "old", "theirs", Verdict.DRIFT),
        ("old", "old", "old", None, Verdict.DRIFT),
        ("old", "old", "OLD", "theirs", Verdict.DRIFT),
    ],
)
def test_with_a_baseline_there_are_three_sides(
    desired: Value, sent: Value, baseline: Value, live: Value, verdict: Verdict
) -> None:
    assert declared(desired, live, leaf(sent, baseline)) is verdict


@pytest.mark.parametrize(
    ("desired", "live", "verdict"),
    [
        ("old", "late", Verdict.RECORD),
        ("old", "old", Verdict.UNCHANGED),
        ("new", "late", Verdict.UPDATE),
        ("new", "old", Verdict.UPDATE),
        ("new", "new", Verdict.RECORD),
    ],
)
def test_a_server_that_finishes_late_is_neither_drift_nor_conflict(
    desired: Value, live: Value, verdict: Verdict
) -> None:
    assert declared(desired, live, leaf("old", "old"), quiet=True) is verdict


@pytest.mark.parametrize(
    ("live", "baseline", "verdict"),
    [
        ("theirs", "theirs", Verdict.UNCHANGED),
        ("ours", "ours", Verdict.RECORD),
        ("ours", "theirs", Verdict.RECORD),
        ("again", "theirs", Verdict.DRIFT),
    ],
)
def test_a_kept_difference_is_left_until_both_agree(
    live: Value, baseline: Value, verdict: Verdict
) -> None:
    assert declared("ours", live, leaf("ours", baseline, kept=True)) is verdict


@pytest.mark.parametrize(
    ("live", "quiet", "hidden", "verdict"),
    [
        ("old", False, False, Verdict.CLEAR),
        ("theirs", False, False, Verdict.CONFLICT),
        ("theirs", True, False, Verdict.CLEAR),
        ("theirs", False, True, Verdict.CONFLICT),
        (None, False, False, Verdict.DROP),
        (None, True, False, Verdict.DROP),
        (None, False, True, Verdict.CLEAR),
    ],
)
def test_a_path_declared_no_more_is_cleared_unless_somebody_else_changed_it(
    live: Value, verdict: Verdict, *, quiet: bool, hidden: bool
) -> None:
    assert undeclared(live, leaf("old", "old"), quiet=quiet, hidden=hidden) is verdict


@pytest.mark.parametrize("live", ["old", "theirs", None])
def test_a_kept_path_declared_no_more_is_only_forgotten(live: Value) -> None:
    assert undeclared(live, leaf("old", "old", kept=True), hidden=True) is Verdict.DROP


# --- secrets --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("desired", "live", "verdict"),
    [
        (Secret("x"), Secret("x"), Verdict.UNCHANGED),
        (Secret("y"), Secret("x"), Verdict.UPDATE),
        (Secret("y"), Secret("y"), Verdict.RECORD),
        (Secret("x"), Secret("z"), Verdict.DRIFT),
        (Secret("y"), Secret("z"), Verdict.CONFLICT),
    ],
)
def test_a_secret_is_judged_by_its_hash(desired: Value, live: Value, verdict: Verdict) -> None:
    assert declared(desired, live, leaf(Secret("x"), Secret("x"))) is verdict


def test_a_secret_the_server_never_shows_is_unchanged() -> None:
    assert declared(Secret("x"), None, leaf(Secret("x"), None)) is Verdict.UNCHANGED


def tools(secret: str | None) -> Value:
    return [{"name": "pay", "server": {} if secret is None else {"secret": Secret(secret)}}]


def test_a_list_that_declares_no_secret_says_nothing_of_those_the_live_one_holds() -> None:
    known = None
    verdict = judge_declared(HASHER, TOOLS, tools(None), tools("x"), known, quiet=False)
    assert verdict is Verdict.RECORD


def test_a_list_that_declares_a_secret_agrees_with_the_same_secret_only() -> None:
    for live, verdict in ((tools("x"), Verdict.RECORD), (tools("y"), Verdict.UPDATE)):
        found = judge_declared(HASHER, TOOLS, tools("x"), live, None, quiet=False)
        assert found is verdict
