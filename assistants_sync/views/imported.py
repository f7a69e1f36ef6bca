"""What an import did, or would do: for people, and as JSON."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from assistants_sync.importing import Adoption, Draft
from assistants_sync.importing.secret_names import NamedSecret
from assistants_sync.model.address import Address, key_of
from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.plan import Action, Plan
from assistants_sync.model.value import JsonValue, to_dotted, to_pointer
from assistants_sync.planning.document import render_plan
from assistants_sync.views.escape import escape
from assistants_sync.views.human import render_human
from assistants_sync.views.machine import diagnostic_json
from assistants_sync.views.paint import Detail

IMPORT_FORMAT: Final = "1.0"
_FEW: Final = 3


@dataclass(frozen=True, slots=True)
class Imported:
    """What was taken over, what was written for it, what was not and why, and the proof.

    `folder` is that of the definitions, from the project's. `env_file` is where the secrets went
    that the server shows; None: nowhere.
    """

    adoptions: Sequence[Adoption]
    drafts: Sequence[Draft]
    left_out: Sequence[Diagnostic]
    folder: str
    plan: Plan | None = None
    is_dry_run: bool = False
    env_file: str | None = None

    @property
    def is_disproved(self) -> bool:
        """Whether a definition written just now is not what is live: somebody wrote meanwhile."""
        drafted = {each.address for each in self.drafts}
        changes = self.plan.changes if self.plan else ()
        return any(each.address in drafted and each.action is not Action.NO_OP for each in changes)

    @property
    def secrets(self) -> tuple[NamedSecret, ...]:
        """Every place that takes its value from a variable, by the variable."""
        found = (each for draft in self.drafts for each in draft.secrets)
        return tuple(sorted(found, key=lambda each: (each.name, each.address, each.path)))

    @property
    def unset(self) -> tuple[NamedSecret, ...]:
        """Those whose variable is still to be set by hand."""
        is_written = self.env_file is not None
        return tuple(each for each in self.secrets if each.is_hidden or not is_written)


def render_imported(
    imported: Imported, *, colour: bool = False, detail: Detail = Detail.NORMAL
) -> str:
    """Give each address with its id and file, the proof, and the variables to set."""
    drafts = {each.address: each for each in imported.drafts}
    lines = [_line(imported, each, drafts.get(each.address)) for each in imported.adoptions]
    verb = "Would import" if imported.is_dry_run else "Imported"
    lines.append(f"{verb} {len(imported.adoptions)}.")
    text = "".join(f"{line}\n" for line in lines)
    if imported.is_dry_run and detail is Detail.FULL:
        files = [each for draft in imported.drafts for each in _files(imported, draft).items()]
        text += "".join(_written(file, content) for file, content in files)
    if imported.plan is not None:
        text += "\n" + render_human(imported.plan, colour=colour, detail=detail)
    if imported.env_file is not None:
        text += f"\nThe secrets that the server shows are in {imported.env_file}.\n"
    if imported.unset:
        text += "\n" + "".join(f"{line}\n" for line in _exports(imported.unset))
    return text


def render_remarks(imported: Imported) -> Iterator[str]:
    """Give what else a person should know, one remark each."""
    fields: dict[tuple[str, str], list[Address]] = defaultdict(list)
    for draft in imported.drafts:
        for name, why in draft.left_out.items():
            fields[name, why].append(draft.address)
    for (name, why), addresses in sorted(fields.items()):
        yield f"Left out of the definitions: {escape(name)}, {why} ({_some(addresses)})"
    texts: dict[str, list[NamedSecret]] = defaultdict(list)
    for each in imported.secrets:
        if each.is_text:
            texts[each.name].append(each)
    for name, found in texts.items():
        where = f"{escape(to_dotted(found[0].path))} ({_some([each.address for each in found])})"
        yield (
            f"What looks like a secret: {where}; the whole text is `!secret {name}` now. Better, "
            "take the secret out of it on the server, and import it then."
        )


def render_imported_json(imported: Imported) -> str:
    """Give the whole result as one line of JSON; it holds no text of a definition."""
    files = {each.address: list(_files(imported, each)) for each in imported.drafts}
    content: JsonValue = {
        "format_version": IMPORT_FORMAT,
        "dry_run": imported.is_dry_run,
        "imported": [
            {"address": each.address, "id": each.live.id, "files": files.get(each.address, [])}
            for each in imported.adoptions
        ],
        "left_out": [diagnostic_json(each) for each in imported.left_out],
        "fields_left_out": {
            each.address: dict(each.left_out) for each in imported.drafts if each.left_out
        },
        "secrets": [
            {
                "name": each.name,
                "address": each.address,
                "path": to_pointer(each.path),
                "hidden": each.is_hidden,
            }
            for each in imported.secrets
        ],
        "plan": render_plan(imported.plan) if imported.plan else None,
    }
    return json.dumps(content, ensure_ascii=True) + "\n"


def _line(imported: Imported, adoption: Adoption, draft: Draft | None) -> str:
    file = next(iter(_files(imported, draft))) if draft else "(defined already)"
    return f"{adoption.address}  {escape(adoption.live.id)}  {file}"


def _files(imported: Imported, draft: Draft) -> dict[str, str]:
    folder = "" if imported.folder == "." else f"{imported.folder}/"
    return {f"{folder}{key_of(draft.address)}.yaml": draft.text, **draft.texts}


def _written(file: str, content: str) -> str:
    lines = "".join(f"  {escape(line)}\n" for line in content.removesuffix("\n").split("\n"))
    return f"\n{file}:\n{lines}"


def _exports(secrets: Sequence[NamedSecret]) -> Iterator[str]:
    places: dict[str, list[NamedSecret]] = defaultdict(list)
    for each in secrets:
        places[each.name].append(each)
    what = (
        "a secret; a plan needs it"
        if len(places) == 1
        else f"{len(places)} secrets; a plan needs them"
    )
    yield f"The definitions name {what} set:"
    for name, found in places.items():
        first = found[0]
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        hidden = ", hidden by the server" if first.is_hidden else ""
        yield f"export {name}=  # {first.address} {escape(to_dotted(first.path))}{hidden}{more}"
    hidden_count = sum(each.is_hidden for each in secrets)
    if hidden_count:
        yield (
            f"Hidden by the server, so not compared: {hidden_count}. The first apply sends what "
            "is set, once."
        )


def _some(addresses: Sequence[Address]) -> str:
    more = f" and {len(addresses) - _FEW} more" if len(addresses) > _FEW else ""
    return ", ".join(addresses[:_FEW]) + more
