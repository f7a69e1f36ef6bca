"""What `init` did, or would do, and what comes next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assistants_sync.views.escape import escape


@dataclass(frozen=True, slots=True)
class Begun:
    """Files by their names for people; `org_ids` and `unseen` (why not) by environment."""

    new: Sequence[str]
    changed: Sequence[str] = ()
    there: Sequence[str] = ()
    lacking: Mapping[str, str] = field(default_factory=dict)
    org_ids: Mapping[str, str] = field(default_factory=dict)
    unseen: Mapping[str, str] = field(default_factory=dict)
    steps: Sequence[str] = ()
    is_dry_run: bool = False


def render_begun(begun: Begun) -> str:
    """Give the lists, each under what became of its files, then the steps in their order."""
    would = begun.is_dry_run
    parts = [
        _listed("Would write:" if would else "Wrote:", begun.new),
        _listed("Would add lines to:" if would else "Added lines to:", begun.changed),
        _listed("Left alone, since it is there:", begun.there),
        *(
            _listed(f"{escape(name)} says nothing of this; it could be given:", text.splitlines())
            for name, text in begun.lacking.items()
        ),
        _listed(
            "Organisations:",
            [
                *(f"{name}: {org_id}, pinned" for name, org_id in begun.org_ids.items()),
                *(f"{name}: {why}" for name, why in begun.unseen.items()),
            ],
        ),
        _listed("Next:", [f"{at}. {step}" for at, step in enumerate(begun.steps, 1)]),
    ]
    if not begun.new and not begun.changed:
        parts.insert(0, "Nothing to write.\n")
    return "\n".join(each for each in parts if each)


def _listed(title: str, lines: Sequence[str]) -> str:
    return f"{title}\n" + "".join(f"  {escape(each)}\n" for each in lines) if lines else ""
