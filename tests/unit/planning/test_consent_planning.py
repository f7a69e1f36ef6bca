"""Consent fits the danger: what each flag covers, and what it does not."""

import pytest

from assistants_sync.model.address import Address
from assistants_sync.model.plan import Action, Block, Change, Plan, Reason
from assistants_sync.planning.consent import Consent, refusals

EVERYTHING = Consent(changes=True, deletions=True)

CREATE, UPDATE = (Action.CREATE, Reason.NOT_IN_STATE), (Action.UPDATE, Reason.DEFINITION_CHANGED)
DELETE, REMOVE = (Action.DELETE, Reason.DEFINITION_REMOVED), (Action.DELETE, Reason.REMOVED_BY_NAME)
FORGET, GONE = (Action.FORGET, Reason.ON_DELETE_FORGET), (Action.FORGET, Reason.GONE)
NOTHING = (Action.NO_OP, Reason.UNCHANGED)

Kind = tuple[Action, Reason]


def plan(*kinds: Kind, blocks: tuple[Block, ...] = (), destructive: int = 0) -> Plan:
    changes = tuple(
        Change(
            Address(f"assistant.x{number}"),
            action,
            reason,
            destructive=("drops the whole system prompt",) if number < destructive else (),
        )
        for number, (action, reason) in enumerate(kinds)
    )
    return Plan("1", "shop", "default", None, None, None, changes, blocks)


@pytest.mark.parametrize(
    ("kinds", "consent", "codes"),
    [
        # nothing to agree to
        ((), Consent(), []),
        ((NOTHING,), Consent(), []),
        # changes that can be taken back
        ((CREATE,), Consent(), ["consent"]),
        ((UPDATE,), Consent(), ["consent"]),
        ((FORGET,), Consent(), ["consent"]),
        ((CREATE, UPDATE, FORGET), Consent(changes=True), []),
        ((CREATE,), Consent(deletions=True), ["consent"]),
        ((CREATE,), Consent(allow_deletes=1), ["consent"]),
        # deletions
        ((DELETE,), Consent(), ["consent"]),
        ((DELETE,), Consent(changes=True), ["consent"]),
        ((DELETE,), Consent(deletions=True), []),
        ((DELETE, CREATE), EVERYTHING, []),
        ((DELETE, CREATE), Consent(), ["consent", "consent"]),
        ((DELETE, CREATE), Consent(changes=True), ["consent"]),
        # deletions by name
        ((REMOVE,), Consent(), []),
        ((REMOVE, REMOVE), Consent(changes=True), []),
        ((REMOVE, DELETE), Consent(changes=True), ["consent"]),
        # deletions by number
        ((DELETE, DELETE), Consent(allow_deletes=2), []),
        ((DELETE, REMOVE), Consent(allow_deletes=2), []),
        ((DELETE, DELETE), Consent(allow_deletes=1), ["consent"]),
        ((DELETE, DELETE), Consent(allow_deletes=3), ["consent"]),
        ((DELETE, DELETE), Consent(deletions=True, allow_deletes=3), ["consent"]),
        ((REMOVE,), Consent(allow_deletes=0), ["consent"]),
        ((DELETE,), Consent(allow_deletes=0), ["consent"]),
        ((), Consent(allow_deletes=3), []),
        ((NOTHING,), Consent(allow_deletes=1), []),
    ],
)
def test_each_danger_needs_a_consent_of_its_own(
    kinds: tuple[Kind, ...], consent: Consent, codes: list[str]
) -> None:
    assert [each.code for each in refusals(plan(*kinds), consent)] == codes


def test_a_refused_deletion_says_how_many_and_which_are_not_named() -> None:
    (fault,) = refusals(plan(DELETE, REMOVE), Consent(changes=True))
    assert fault.summary == "Deletions need a consent of their own"
    assert fault.detail == "2 would run, 1 of them not named under `removed:`"
    assert "--allow-deletes=2" in str(fault.hint)


def test_a_wrong_number_says_the_right_one() -> None:
    (fault,) = refusals(plan(DELETE), Consent(allow_deletes=4))
    assert fault.detail == "--allow-deletes=4, but 1 would run"
    assert "--allow-deletes=1" in str(fault.hint)


def test_the_consent_to_changes_names_the_flag_and_what_it_does_not_cover() -> None:
    (fault,) = refusals(plan(CREATE), Consent())
    assert fault.summary == "Nobody consented"
    assert "--auto-approve (it does not cover deletions)" in str(fault.hint)


# --- blocks ---------------------------------------------------------------------------------

BRAKES = [
    ("too_many_deletes", "allow_deletes"),
    ("too_many_destructive", "allow_destructive"),
    ("too_many_gone", "accept_gone"),
]


@pytest.mark.parametrize(("guard", "flag"), BRAKES)
@pytest.mark.parametrize("count", [None, 0, 1, 2, 3])
def test_a_brake_is_lifted_by_its_own_exact_number(
    guard: str, flag: str, count: int | None
) -> None:
    whole = plan(DELETE, DELETE, GONE, GONE, blocks=(Block(guard, "no"),), destructive=2)
    consents: dict[str, Consent] = {
        "allow_deletes": Consent(changes=True, deletions=True, allow_deletes=count),
        "allow_destructive": Consent(changes=True, deletions=True, allow_destructive=count),
        "accept_gone": Consent(changes=True, deletions=True, accept_gone=count),
    }
    codes = [each.code for each in refusals(whole, consents[flag])]
    assert (guard in codes) is (count != 2)


@pytest.mark.parametrize(("guard", "flag"), BRAKES)
def test_a_brake_is_not_lifted_by_the_number_of_another(guard: str, flag: str) -> None:
    whole = plan(DELETE, GONE, blocks=(Block(guard, "no"),), destructive=1)
    consent = Consent(
        changes=True,
        deletions=True,
        allow_deletes=None if flag == "allow_deletes" else 1,
        allow_destructive=None if flag == "allow_destructive" else 1,
        accept_gone=None if flag == "accept_gone" else 1,
    )
    assert [each.code for each in refusals(whole, consent)] == [guard]


@pytest.mark.parametrize("guard", ["protected", "not_ours", "no_definitions", "unresolved"])
def test_no_consent_lifts_any_other_block(guard: str) -> None:
    whole = plan(DELETE, blocks=(Block(guard, "no"),))
    consent = Consent(
        changes=True, deletions=True, allow_deletes=1, allow_destructive=0, accept_gone=0
    )
    assert [each.code for each in refusals(whole, consent)] == [guard]


def test_a_block_is_told_with_its_address_its_words_and_its_way_out() -> None:
    block = Block("protected", "lifecycle.protect is on", "put it back")
    address = Address("assistant.x")
    change = Change(address, Action.DELETE, Reason.REMOVED_BY_NAME, blocked=(block,))
    whole = Plan("1", "shop", "default", None, None, None, (change,))
    (fault,) = refusals(whole, EVERYTHING)
    assert (fault.code, fault.summary) == ("protected", "Refused by a guard")
    assert fault.detail == "protected: lifecycle.protect is on"
    assert (fault.address, fault.hint) == (address, "put it back")


def test_every_refusal_is_told_blocks_first() -> None:
    blocks = (Block("no_definitions", "none"), Block("too_many_deletes", "2 of 2"))
    found = refusals(plan(DELETE, DELETE, CREATE, blocks=blocks), Consent())
    codes = [each.code for each in found]
    assert codes == ["no_definitions", "too_many_deletes", "consent", "consent"]
