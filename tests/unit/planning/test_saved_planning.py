"""A saved plan's approval: by its digest, by what it was made from, and by its age."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.views.plans import RICH, TEXTS, plans

from assistants_sync.errors import StaleError
from assistants_sync.model.address import Address
from assistants_sync.model.definition import Definition, Desired, Lifecycle
from assistants_sync.model.plan import Plan
from assistants_sync.model.project import Environment, Project, Safety
from assistants_sync.model.source import SourceRef
from assistants_sync.model.value import Secret
from assistants_sync.planning.digest import digest_of_definitions
from assistants_sync.planning.document import digest_of, render_plan
from assistants_sync.planning.loading import SavedPlan, load_saved
from assistants_sync.planning.saved import check_age, check_approved
from assistants_sync.views.plan_json import render_plan_json

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
DIGEST = str(render_plan(RICH)["digest"])
DESK, SPARE = Address("assistant.desk"), Address("assistant.spare")


def project(plan_ttl: timedelta | None) -> Project:
    return Project("shop", Environment(safety=Safety(plan_ttl=plan_ttl)))


def saved(created_at: datetime | None) -> SavedPlan:
    return SavedPlan(RICH, DIGEST, created_at)


def definition(
    address: Address, name: object = "Desk", file: str = "a.yaml", *, protect: bool = False
) -> Definition:
    body = {"name": name if isinstance(name, Secret) else str(name)}
    return Definition(address, body, SourceRef(file, 1, 1), Lifecycle(protect=protect))


def desired(*definitions: Definition) -> Desired:
    return Desired({each.address: each for each in definitions})


# --- digests --------------------------------------------------------------------------------


@given(plans(TEXTS), st.datetimes(timezones=st.just(UTC)))
def test_when_a_plan_was_saved_changes_no_digest(made: Plan, moment: datetime) -> None:
    plain, kept = render_plan(made), render_plan(made, moment)
    assert plain["digest"] == kept["digest"] == digest_of(kept)
    read = load_saved(render_plan_json(made, moment), "plan.json")
    assert (read.plan, read.digest) == (made, plain["digest"])
    assert read.created_at == moment.replace(microsecond=0)


def test_a_plan_that_was_only_printed_does_not_say_when() -> None:
    assert load_saved(render_plan_json(RICH), "plan.json").created_at is None


@given(st.integers(12, 64))
def test_the_beginning_of_a_digest_stands_for_it(length: int) -> None:
    check_approved(DIGEST.removeprefix("sha256:")[:length], DIGEST)


def test_another_digest_is_refused_and_both_are_named() -> None:
    with pytest.raises(StaleError) as caught:
        check_approved("0" * 12, DIGEST)
    fault = caught.value.diagnostic
    assert caught.value.exit_code == 4
    assert "0" * 12 in fault.detail
    assert DIGEST in fault.detail


def test_a_digest_of_definitions_is_part_of_that_of_the_plan() -> None:
    other = replace(RICH, definitions_digest="sha256:" + "1" * 64)
    assert render_plan(other)["digest"] != DIGEST


def test_definitions_have_one_digest_in_whatever_file_and_order_they_stand() -> None:
    here = desired(definition(DESK), definition(SPARE))
    there = desired(definition(SPARE, file="b.yaml"), definition(DESK, file="c/d.yaml"))
    assert digest_of_definitions(here) == digest_of_definitions(there)


@pytest.mark.parametrize(
    "other",
    [
        desired(definition(DESK, "Other")),
        desired(definition(DESK, protect=True)),
        desired(definition(SPARE)),
        desired(definition(DESK), definition(SPARE)),
        desired(),
    ],
)
def test_other_definitions_have_another_digest(other: Desired) -> None:
    assert digest_of_definitions(other) != digest_of_definitions(desired(definition(DESK)))


def test_a_secret_is_in_the_digest_only_as_one() -> None:
    first, second = (desired(definition(DESK, Secret(text))) for text in ("canary", "other"))
    assert digest_of_definitions(first) == digest_of_definitions(second)


# --- age ------------------------------------------------------------------------------------


@pytest.mark.parametrize("age", [timedelta(), timedelta(hours=24), timedelta(minutes=-5)])
def test_a_plan_no_older_than_allowed_may_be_applied(age: timedelta) -> None:
    check_age(saved(NOW - age), project(timedelta(hours=24)), NOW)


def test_without_a_limit_a_plan_may_be_of_any_age() -> None:
    check_age(saved(datetime(2020, 1, 1, tzinfo=UTC)), project(None), NOW)
    check_age(saved(None), project(None), NOW)


@pytest.mark.parametrize(
    ("created_at", "summary", "detail"),
    [
        (NOW - timedelta(hours=24, seconds=1), "The plan is too old", "1 day, 0:00:01 ago"),
        (NOW + timedelta(minutes=6), "The age of the plan is not known", "yet to come"),
        (None, "The age of the plan is not known", "does not say when it was made"),
    ],
)
def test_a_plan_too_old_or_of_no_known_age_is_stale(
    created_at: datetime | None, summary: str, detail: str
) -> None:
    with pytest.raises(StaleError) as caught:
        check_age(saved(created_at), project(timedelta(hours=24)), NOW)
    fault = caught.value.diagnostic
    assert fault.summary == summary
    assert detail in fault.detail
    assert fault.hint
