"""What no state owns: judged with its reasons, and deleted by name, by exact number, with trash."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from stand_in import Habits
from stand_in_faults import Meanwhile, status
from world import EVERYTHING, World, address, body

from assistants_sync.errors import GuardError, StaleError
from assistants_sync.model.event import ApplyFinished
from assistants_sync.model.plan import Action, Plan, PlanOptions, Reason
from assistants_sync.planning.consent import Consent
from assistants_sync.planning.stale import Candidate, Filters, Survey, find_stale, ordered
from assistants_sync.workflow.apply import run_apply
from assistants_sync.workflow.ownership import run_survey

_MONTH = timedelta(days=30)
_ALL = Filters()


class Surveyed(World):
    """A world with `cleanup`, and with strangers as old as they are said to be."""

    announced: tuple[int, ...] = ()

    def stray(self, name: str, *, days: float = 90, **more: object) -> str:
        """Put an assistant there that was made and changed so long ago."""
        self.clock.time -= timedelta(days=days)
        stamp = self.clock.now().isoformat(timespec="milliseconds")
        self.clock.time += timedelta(days=days)
        remote_id = self.server.add(name=name, model={"provider": "openai"}, **more)
        self.server.objects[remote_id].update(createdAt=stamp, updatedAt=stamp)
        return remote_id

    def call(self, remote_id: str, *, days: float, **more: object) -> None:
        """Put a call there that was made so long ago."""
        fields = {"status": "ended", **more}
        call_id = self.server.add_other("/call", assistantId=remote_id, **fields)
        stamp = (self.clock.now() - timedelta(days=days)).isoformat(timespec="milliseconds")
        self.server.others["/call"][call_id]["createdAt"] = stamp

    def survey(self, calls_for: timedelta = _MONTH) -> Survey:
        """Survey as the command would."""
        job, announced = self.job, list[int]()
        survey = self._run(
            lambda api: run_survey(
                job, api, self.store(), self.clock, calls_for=calls_for, announce=announced.append
            )
        )
        self.announced = tuple(announced)
        return survey

    def apply_asking(self, ask: Callable[[Plan], Consent], options: PlanOptions) -> ApplyFinished:
        """Apply with a question that is answered by a function."""
        job = replace(self.job, options=options)
        return self._run(lambda api: run_apply(job, self.writers(api), ask))

    def judge(self, filters: Filters = _ALL) -> dict[str, Candidate]:
        """Give what `cleanup list` would show, by id."""
        survey = self.survey(max(filters.unused_for or _MONTH, _MONTH))
        found = find_stale(survey, self.project, filters, self.clock.now())
        return {each.id: each for each in found}


@pytest.fixture
def world(tmp_path: Path) -> Surveyed:
    world = Surveyed(tmp_path)
    for key in "abcdef":
        world.define(key, body(f"Agent {key}"))
    world.apply()
    return world


def _marked(*, project: str = "shop", environment: str = "default", lineage: str) -> object:
    marker = {"project": project, "environment": environment, "key": "x", "lineage": lineage}
    return {"assistants-sync": {**marker, "attempt": "t", "write": "w", "v": 1}}


def _cleanup(*ids: str) -> PlanOptions:
    return PlanOptions(cleanup=tuple(sorted(ids)))


def _exactly(count: int) -> Consent:
    return Consent(changes=True, deletions=True, allow_deletes=count)


def _refused(world: Surveyed, *ids: str, consent: Consent | None = None) -> set[str]:
    with pytest.raises(GuardError) as caught:
        world.apply(consent or _exactly(len(ids)), options=_cleanup(*ids))
    assert set(world.sent) <= {"GET"}
    return {each.code for each in caught.value.diagnostics}


def test_what_nothing_needs_is_stale(world: Surveyed) -> None:
    stray = world.stray("Old one")
    (candidate,) = world.judge().values()
    assert (candidate.id, candidate.name, candidate.verdict) == (stray, "Old one", "stale")
    assert (candidate.owner, candidate.references, candidate.live_calls) == (None, 0, 0)
    assert candidate.reasons[0] == "nothing refers to it"
    assert candidate.reasons[1].startswith("no call since 2026-10-22")
    assert set(world.sent) == {"GET"}


def test_what_state_owns_is_no_candidate(world: Surveyed) -> None:
    assert world.judge() == {}
    assert world.announced == (0,)


def test_what_something_refers_to_is_in_use(world: Surveyed) -> None:
    stray = world.stray("Old one")
    world.server.add_other("/phone-number", name="Line", assistantId=stray)
    world.server.add_other(
        "/tool", name="T", destinations=[{"type": "assistant", "assistantName": "Old one"}]
    )
    candidate = world.judge()[stray]
    assert (candidate.verdict, candidate.references) == ("in use", 2)
    assert 'used by phone-number "Line"' in " ".join(candidate.reasons)


@pytest.mark.parametrize("state", ["queued", "ringing", "in-progress", "forwarding", "scheduled"])
def test_what_is_in_a_call_is_in_use(world: Surveyed, state: str) -> None:
    stray = world.stray("Old one")
    world.call(stray, days=0, status=state)
    candidate = world.judge()[stray]
    assert (candidate.verdict, candidate.live_calls) == ("in use", 1)
    assert state in candidate.reasons[0]


def test_a_recent_call_makes_it_recent(world: Surveyed) -> None:
    stray, older = world.stray("One"), world.stray("Two")
    world.call(stray, days=13)
    world.call(stray, days=29)
    world.call(older, days=15)
    found = world.judge()
    assert found[stray].verdict == "recent"
    assert found[stray].reasons == (f"last call {found[stray].last_call}",)
    assert found[older].verdict == "stale"
    assert found[older].reasons[1].startswith("last call 2026-11-06")


def test_what_changed_within_a_day_is_recent(world: Surveyed) -> None:
    fresh, edited = world.stray("Fresh", days=0.9), world.stray("Edited")
    world.server.edit(edited, firstMessage="Hi")
    for candidate in world.judge().values():
        assert candidate.verdict == "recent"
        assert candidate.reasons == ("changed within a day",)
    assert set(world.judge()) == {fresh, edited}


@pytest.mark.parametrize("stamp", [None, "", "yesterday"])
def test_a_time_nobody_can_read_counts_as_recent(world: Surveyed, stamp: str | None) -> None:
    stray = world.stray("Old one")
    survey = world.survey()
    (live,) = survey.objects
    unknown = type(live)(live.id, live.body, name=live.name, created_at=stamp, updated_at=stamp)
    told = Survey((unknown,), survey.usage, lineage=survey.lineage)
    (candidate,) = find_stale(told, world.project, Filters(), world.clock.now())
    assert (candidate.id, candidate.verdict) == (stray, "recent")


@pytest.mark.parametrize(
    ("project", "environment", "words"),
    [
        ("rival", "default", "marked by project rival, default"),
        ("shop", "staging", "marked by project shop, staging"),
        ("shop", "default", "another state of this project owns it"),
    ],
)
def test_what_bears_another_marker_is_not_ours(
    world: Surveyed, project: str, environment: str, words: str
) -> None:
    metadata = _marked(project=project, environment=environment, lineage="another")
    stray = world.stray("Theirs", metadata=metadata)
    candidate = world.judge()[stray]
    assert (candidate.verdict, candidate.owner) == ("not ours", project)
    assert words in candidate.reasons[0]
    assert _refused(world, stray)
    assert stray in world.server.objects


def test_a_copy_of_our_own_is_stale_and_says_so(world: Surveyed) -> None:
    stray = world.stray("Copy", metadata=_marked(lineage=world.state.lineage))
    candidate = world.judge()[stray]
    assert candidate.verdict == "stale"
    assert "a copy?" in candidate.reasons[-1]


def test_a_copy_is_deleted_and_its_original_stays(world: Surveyed) -> None:
    original = world.owned[address("a")].id
    copy = world.stray("Agent a", metadata=dict(world.live("a")["metadata"]))
    assert world.judge()[copy].verdict == "stale"
    assert world.apply(_exactly(1), options=_cleanup(copy)).applied == {"delete": 1}
    assert original in world.server.objects
    assert world.owned[address("a")].id == original
    assert not world.plan().has_changes


def test_without_a_state_our_own_marker_is_not_ours_to_delete(tmp_path: Path) -> None:
    """The state may just be lost: then these are what it owned."""
    world = Surveyed(tmp_path)
    stray = world.stray("Lost", metadata=_marked(lineage="some"))
    assert world.judge()[stray].verdict == "not ours"
    assert _refused(world, stray)


@pytest.mark.parametrize("path", ["/phone-number", "/squad", "/tool", "/call"])
def test_what_cannot_be_read_makes_it_unknown(world: Surveyed, path: str) -> None:
    world.server.habits = Habits(forbidden=frozenset({path}))
    stray = world.stray("Old one")
    candidate = world.judge()[stray]
    assert candidate.verdict == "unknown"
    assert "unreadable" in candidate.reasons[0]
    assert _refused(world, stray)


def test_filters_leave_out_what_is_not_asked_for(world: Surveyed) -> None:
    old, young = world.stray("Old one", days=90), world.stray("Young one", days=20)
    used = world.stray("Used", days=90)
    world.server.add_other("/phone-number", assistantId=used)
    world.call(old, days=40)
    world.call(young, days=3)
    day = timedelta(days=1)
    for filters, expected in {
        Filters(): {old, young, used},
        Filters(older_than=30 * day): {old, used},
        Filters(unused_for=20 * day): {old, used},
        Filters(unused_for=50 * day): {used},
        Filters(name="*one"): {old, young},
        Filters(name="OLD*"): set[str](),
        Filters(unreferenced=True): {old, young},
        Filters(ids=(old, "nowhere")): {old},
        Filters(older_than=30 * day, unreferenced=True): {old},
    }.items():
        assert set(world.judge(filters)) == expected, filters


@pytest.mark.parametrize("column", ["name", "created", "updated", "last-call", "verdict"])
def test_candidates_are_sorted_by_a_column(world: Surveyed, column: str) -> None:
    for name, days in (("B", 90), ("A", 60), ("C", 75)):
        world.stray(name, days=days)
    by_age = column in {"created", "updated"}
    found = ordered(tuple(world.judge().values()), column)
    assert "".join(str(each.name) for each in found) == ("BCA" if by_age else "ABC")


def _calls_read(world: Surveyed) -> list[dict[str, str]]:
    return [dict(each.query) for each in world.server.requests if each.path == "/call"]


def test_few_are_asked_about_one_by_one_and_many_at_once(world: Surveyed) -> None:
    strays = {world.stray(f"Old {number}") for number in range(5)}
    world.judge()
    asked = _calls_read(world)
    assert {each["assistantId"] for each in asked} == strays
    assert len(asked) == 5
    world.stray("Old 5")
    world.server.requests.clear()
    world.judge()
    (asked_once,) = _calls_read(world)
    assert "assistantId" not in asked_once
    assert asked_once["createdAtGe"].startswith("2026-10-22")
    assert world.announced == (6,)


@pytest.mark.parametrize(("count", "expected"), [(100, 11), (1_000, 21), (5_000, 61)])
def test_a_survey_takes_few_requests_however_many_there_are(
    tmp_path: Path, count: int, expected: int
) -> None:
    world = Surveyed(tmp_path)
    for number in range(count):
        remote_id = world.server.add(name=f"Old {number}")
        moment = (datetime(2026, 8, 1, tzinfo=UTC) + timedelta(seconds=number)).isoformat()
        world.server.objects[remote_id].update(createdAt=moment, updatedAt=moment)
    found = world.judge()
    assert len(found) == count
    assert set(world.sent) == {"GET"}
    assert world.sent["GET"] == expected


def test_exactly_the_named_ones_are_deleted_and_kept_in_the_trash(world: Surveyed) -> None:
    strays = [world.stray(f"Old {number}") for number in range(3)]
    plan = world.plan(_cleanup(*strays[:2]))
    deletions = plan.of(Action.DELETE)
    assert {each.address for each in deletions} == {f"unmanaged.{each}" for each in strays[:2]}
    assert {each.reason for each in deletions} == {Reason.STALE}
    assert world.apply(_exactly(2), saved=plan, options=plan.options).applied == {"delete": 2}
    assert strays[2] in world.server.objects
    assert not set(strays[:2]) & world.server.objects.keys()
    kept = asyncio.run(world.store().trash())
    assert {each.id for each in kept} == set(strays[:2])
    assert set(world.owned) == set(world.definitions)
    assert not world.plan().has_changes


@pytest.mark.parametrize(
    "consent", [EVERYTHING, _exactly(1), _exactly(3), Consent(changes=True, allow_deletes=0)]
)
def test_only_the_exact_number_is_consent(world: Surveyed, consent: Consent) -> None:
    strays = [world.stray("Old 1"), world.stray("Old 2")]
    plan = world.plan(_cleanup(*strays))
    with pytest.raises(GuardError):
        world.apply(consent, saved=plan, options=plan.options)
    assert set(world.sent) == {"GET"}
    assert len(world.server.objects) == 8


def test_a_clean_up_changes_nothing_else(world: Surveyed) -> None:
    """Definitions that differ from live are for another apply."""
    stray = world.stray("Old one")
    world.define("a", body("Agent a", firstMessage="Hi"))
    world.define("g", body("Agent g"))
    world.undefine("b")
    (change,) = world.plan(_cleanup(stray)).changes
    assert change.id == stray
    assert world.apply(_exactly(1), options=_cleanup(stray)).applied == {"delete": 1}
    assert (world.sent["PATCH"], world.sent["POST"], world.sent["DELETE"]) == (0, 0, 1)


def test_it_works_without_any_state_yet(tmp_path: Path) -> None:
    world = Surveyed(tmp_path)
    strays = [world.stray("Old 1"), world.stray("Old 2")]
    assert {each.verdict for each in world.judge().values()} == {"stale"}
    plan = world.plan(_cleanup(strays[0]))
    done = world.apply(_exactly(1), saved=plan, options=plan.options)
    assert done.applied == {"delete": 1}
    assert set(world.server.objects) == {strays[1]}
    assert not world.owned


def test_what_state_owns_is_never_cleaned_up(world: Surveyed) -> None:
    owned = world.owned[address("a")].id
    assert "owned" in _refused(world, owned)
    assert owned in world.server.objects


def test_one_that_is_gone_already_is_nothing_to_do(world: Surveyed) -> None:
    stray = world.stray("Old one")
    plan = world.plan(_cleanup(stray, "nowhere"))
    assert [each.id for each in plan.of(Action.DELETE)] == [stray]


def _edits(world: Surveyed, stray: str) -> dict[str, Callable[[], object]]:
    return {
        "edit": lambda: world.server.edit(stray, firstMessage="Needed"),
        "call": lambda: world.call(stray, days=0, status="ringing"),
        "reference": lambda: world.server.add_other("/phone-number", assistantId=stray),
        "marker": lambda: world.server.edit(
            stray, metadata=_marked(project="rival", lineage="theirs")
        ),
    }


@pytest.mark.parametrize("what", ["edit", "call", "reference", "marker"])
def test_what_happens_after_the_plan_stops_it(world: Surveyed, what: str) -> None:
    stray = world.stray("Old one")
    plan = world.plan(_cleanup(stray))
    _edits(world, stray)[what]()
    with pytest.raises((StaleError, GuardError)):
        world.apply(_exactly(1), saved=plan, options=plan.options)
    assert set(world.sent) == {"GET"}
    assert stray in world.server.objects


@pytest.mark.parametrize("what", ["edit", "call", "marker"])
def test_what_happens_right_before_the_deletion_stops_it(world: Surveyed, what: str) -> None:
    stray = world.stray("Old one")
    world.server.fail("GET", f"/assistant/{stray}", Meanwhile(_edits(world, stray)[what]))
    finished = world.apply(_exactly(1), options=_cleanup(stray))
    assert (finished.applied, finished.stale, world.sent["DELETE"]) == ({}, 1, 0)
    assert stray in world.server.objects


def test_a_reference_made_while_the_question_was_open_stops_it(world: Surveyed) -> None:
    stray = world.stray("Old one")

    def answer_late(_plan: Plan) -> Consent:
        world.clock.time += timedelta(minutes=5)
        world.server.add_other("/phone-number", assistantId=stray)
        return _exactly(1)

    finished = world.apply_asking(answer_late, _cleanup(stray))
    assert (finished.applied, world.sent["DELETE"]) == ({}, 0)
    assert stray in world.server.objects


def test_a_pinned_one_stops_the_rest(world: Surveyed) -> None:
    strays = sorted([world.stray("Old 1"), world.stray("Old 2")])
    world.server.fail("DELETE", "/assistant", status(409, "assistant_pinned"))
    finished = world.apply(_exactly(2), options=_cleanup(*strays))
    assert (finished.failed, finished.skipped, finished.applied) == (1, 1, {})
    assert set(strays) <= world.server.objects.keys()
