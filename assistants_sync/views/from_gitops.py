"""What came over from a gitops repository, and what did not: for people."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from assistants_sync.gitops import Migration, Taken
from assistants_sync.model.address import Address
from assistants_sync.model.plan import Action, Plan
from assistants_sync.model.value import to_dotted
from assistants_sync.views.escape import escape
from assistants_sync.views.human import render_human
from assistants_sync.views.paint import Detail

_FEW: Final = 5


@dataclass(frozen=True, slots=True)
class CameOver:
    """One environment: what it came to, by its `name` here, and where each definition stands.

    `owned` are the addresses that state knows now; `plan` is what is left to do. `later` is the
    command that takes the ids into state where that was not done.
    """

    name: str
    migration: Migration
    files: Mapping[Address, str]
    owned: frozenset[Address] = frozenset()
    plan: Plan | None = None
    later: str | None = None

    @property
    def taken(self) -> Sequence[Taken]:
        """What has a definition in the project now."""
        return [each for each in self.migration.taken if each.address in self.files]


def render_came_over(
    over: CameOver, *, colour: bool = False, detail: Detail = Detail.NORMAL
) -> str:
    """Give each address with its id and file, what was left, the secrets to set, and the plan."""
    tree = over.migration.tree
    lines = [
        f"Environment {escape(over.name)}, from the gitops environment {escape(tree.environment)}"
    ]
    lines += ["", *(_line(over, each) for each in over.taken)]
    lines += [*_counts(over), *_others(over.migration), *_strays(over.migration), *_notes(over)]
    lines += _exports(over)
    text = "".join(f"{line}\n" for line in lines)
    if over.plan is not None:
        text += "\n" + render_human(over.plan, colour=colour, detail=detail)
        text += "".join(f"{line}\n" for line in _meaning(over.plan))
    if over.later:
        text += "No state was written: no key of this environment was used. Until that is done, a\n"
        text += "plan takes all of them for new. With a key:\n"
        text += f"  {escape(over.later)}\n"
    return text


def _line(over: CameOver, each: Taken) -> str:
    if each.id is None:
        what = "(no id there: it will be created)"
    elif over.plan is not None and each.address not in over.owned:
        what = f"{each.id} (not taken)"
    else:
        what = each.id
    return f"  {each.address}  {escape(what)}  {escape(over.files[each.address])}"


def _counts(over: CameOver) -> Iterator[str]:
    drafts = sum(each.id is None for each in over.taken)
    yield f"Definitions: {len(over.taken)}; in state: {len(over.owned)}; without an id: {drafts}."


def _others(migration: Migration) -> Iterator[str]:
    others = migration.tree.others
    if others:
        yield "Left, as only assistants are managed here (references to them are ids now):"
    for kind, slugs in others.items():
        yield f"  {kind}, {len(slugs)}: {_some(slugs)}"


def _strays(migration: Migration) -> Iterator[str]:
    strays = migration.tree.strays
    if strays:
        yield "In their state without a file, so not taken (`import ID` takes one all the same):"
    for slug, remote_id in strays.items():
        yield f"  {escape(slug)}  {escape(remote_id)}"


def _notes(over: CameOver) -> Iterator[str]:
    tree = over.migration.tree
    if not tree.has_state:
        yield "There is no state file of this environment, so nothing has an id."
    if tree.variables:
        yield (
            f"Their state holds variables that were not put in: {_some(tree.variables)}. A value "
            "that is `{{NAME}}` as a whole and meant one has to be written out."
        )


def _exports(over: CameOver) -> Iterator[str]:
    hidden = [each for each in over.migration.hidden if each.address in over.files]
    if hidden:
        yield "Secrets that stood in the files are `!secret`s now, not compared here. A plan needs"
        yield "them set, and the first apply sends those that the server hides:"
    named: set[str] = set()
    for each in hidden:
        if each.name not in named:
            named.add(each.name)
            yield f"  export {each.name}=  # {each.address} {escape(to_dotted(each.path))}"


def _meaning(plan: Plan) -> Iterator[str]:
    if plan.of(Action.UPDATE):
        yield (
            "Each update is a difference between their files and what is live: gitops' own push "
            "would have sent it too (it sends every file, changed or not)."
        )
    if plan.of(Action.CREATE):
        yield "Each creation is one gitops has no id for, or whose id is not there any more."
    yield "What a file does not declare is not compared. Nothing was written to the API."


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
    return ", ".join(map(escape, names[:_FEW])) + more
