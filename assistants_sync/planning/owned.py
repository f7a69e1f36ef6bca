"""The plan for one object we own and the user still wants: the three-way rule, path by path."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from assistants_sync.model.address import Address
from assistants_sync.model.definition import Definition
from assistants_sync.model.live import LiveObject
from assistants_sync.model.plan import Action, Block, Change, FieldChange, FieldKind, Reason
from assistants_sync.model.quarantine import STAMP_KEY, name_before
from assistants_sync.model.state import Leaf, Owned
from assistants_sync.model.step import Record, Step, Update
from assistants_sync.model.value import (
    FieldPath,
    Secret,
    Value,
    from_pointer,
    has_secret,
    is_prefix,
    leaves,
    lookup,
    masked,
    to_dotted,
    to_pointer,
)
from assistants_sync.planning import destructive, guards
from assistants_sync.planning.binding import secret_pointers
from assistants_sync.planning.compare import field_changes
from assistants_sync.planning.inputs import Inputs
from assistants_sync.planning.overlay import collapsed, overlaid, replaced
from assistants_sync.planning.three_way import Verdict, judge_declared, judge_undeclared

_CHANGED = Reason.DEFINITION_CHANGED
_STAMP = ("metadata", STAMP_KEY)
_OTHERS = (FieldKind.DRIFT, FieldKind.KEPT, FieldKind.NOT_STORED)


@dataclass(slots=True)
class _Findings:
    """What the paths of one object come to."""

    updates: list[FieldPath] = field(default_factory=list)
    clears: list[FieldPath] = field(default_factory=list)
    kept: set[FieldPath] = field(default_factory=set)
    leaves: dict[str, Leaf] = field(default_factory=dict)
    fields: list[FieldChange] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)


class OwnedPlanner:
    """Plans one owned object against its definition."""

    def __init__(
        self, inputs: Inputs, definition: Definition, owned: Owned, live: LiveObject
    ) -> None:
        self._inputs, self._definition = inputs, definition
        self._owned, self._live = owned, live
        self._kind, self._hasher = inputs.kind, inputs.hasher
        self._quiet = live.updated_at is not None and live.updated_at == owned.updated_at
        self._found = _Findings()
        declared = leaves(definition.body)
        self._lifted = _lifted(owned, live, declared)
        self._declared = {to_pointer(path): path for path in declared}
        lifecycle = definition.lifecycle
        self._ignored = (*map(from_pointer, lifecycle.ignore_changes), *definition.left_alone)
        self._tracked = {
            path: value for path, value in declared.items() if not self._is_ignored(path)
        }

    def plan(self) -> tuple[Change, Step | None]:
        """Give the change, and the step that makes it (None: nothing to do at all)."""
        for path, value in self._tracked.items():
            self._weigh_declared(path, value)
        for path, leaf in self._formerly_declared():
            self._weigh_undeclared(path, leaf)
        if self._lifted:
            self._found.updates += [path for path in self._lifted if path in self._tracked]
        if self._found.updates or self._found.clears or self._lifted:
            return self._update()
        return self._record()

    @property
    def _address(self) -> Address:
        return self._definition.address

    def _is_ignored(self, path: FieldPath) -> bool:
        return any(is_prefix(each, path) for each in self._ignored)

    def _formerly_declared(self) -> Iterator[tuple[FieldPath, Leaf]]:
        for pointer, leaf in self._owned.leaves.items():
            if pointer in self._declared:
                continue
            path = from_pointer(pointer)
            overlaps = any(
                is_prefix(path, declared) or is_prefix(declared, path)
                for declared in self._declared.values()
            )
            if not overlaps and not self._is_ignored(path):
                yield path, leaf

    def _weigh_declared(self, path: FieldPath, value: Value) -> None:
        live = lookup(self._live.body, path)
        pointer = to_pointer(path)
        leaf = self._owned.leaves.get(pointer)
        verdict = judge_declared(self._hasher, path, value, live, leaf, quiet=self._quiet)
        match verdict:
            case Verdict.UNCHANGED if leaf:
                self._found.leaves[pointer] = leaf
                self._note_unchanged(path, value, live, leaf)
            case Verdict.RECORD:
                self._rebase(path, value, live, kept=False)
            case Verdict.UPDATE:
                # What the server hides was there all the same, since we once sent it.
                is_hidden = leaf and live is None and isinstance(value, Secret)
                self._send(path, FieldKind.CHANGE, value if is_hidden else live, value)
            case Verdict.DRIFT:
                self._answer_drift(path, value, live)
            case _:
                self._answer_conflict(path, value, live)

    def _note_unchanged(self, path: FieldPath, value: Value, live: Value, leaf: Leaf) -> None:
        if leaf.kept:
            self._found.kept.add(path)
            self._show(path, FieldKind.KEPT, live, value)
        elif live is None and value is not None and not isinstance(value, Secret):
            self._show(path, FieldKind.NOT_STORED, None, value)

    def _answer_drift(self, path: FieldPath, value: Value, live: Value) -> None:
        policy = self._inputs.project.environment.drift
        choice = self._choice() or {"revert": "ours", "keep": "theirs"}.get(policy)
        if choice == "theirs":
            self._keep(path, value, live)
            return
        self._send(path, FieldKind.DRIFT, live, value)
        if choice is None:
            self._found.blocks.append(
                Block(
                    "drift",
                    f"`{to_dotted(path)}` was changed on the server, and `drift: fail` is set",
                    "--resolve=ours puts the file's value back, --resolve=theirs keeps the "
                    "server's",
                )
            )

    def _answer_conflict(self, path: FieldPath, value: Value, live: Value) -> None:
        match self._choice():
            case "ours":
                self._send(path, FieldKind.CHANGE, live, value)
            case "theirs":
                self._keep(path, value, live)
            case _:
                self._send(path, FieldKind.CONFLICT, live, value)
                self._block_conflict(path)

    def _weigh_undeclared(self, path: FieldPath, leaf: Leaf) -> None:
        live = lookup(self._live.body, path)
        hidden = self._kind.secrets.fit(path)
        verdict = judge_undeclared(self._hasher, path, live, leaf, quiet=self._quiet, hidden=hidden)
        choice = self._choice() if verdict is Verdict.CONFLICT else None
        if verdict is Verdict.DROP or choice == "theirs":
            return
        self._found.clears.append(path)
        if verdict is Verdict.CONFLICT and choice is None:
            self._show(path, FieldKind.CONFLICT, live, None)
            self._block_conflict(path)

    def _block_conflict(self, path: FieldPath) -> None:
        self._found.blocks.append(
            Block(
                "conflict",
                f"`{to_dotted(path)}` was changed both in the file and on the server",
                "--resolve=ours sends the file's value, --resolve=theirs keeps the server's",
            )
        )

    def _choice(self) -> str | None:
        resolve = self._inputs.options.resolve
        return resolve.get(self._address) or resolve.get("*")

    def _rebase(self, path: FieldPath, value: Value, live: Value, *, kept: bool) -> None:
        self._found.leaves[to_pointer(path)] = Leaf(
            self._hasher.applied(path, value), self._hasher.observed(path, live), kept
        )

    def _keep(self, path: FieldPath, value: Value, live: Value) -> None:
        self._found.kept.add(path)
        self._rebase(path, value, live, kept=True)
        self._show(path, FieldKind.KEPT, live, value)

    def _send(self, path: FieldPath, kind: FieldKind, live: Value, value: Value) -> None:
        self._found.updates.append(path)
        self._show(path, kind, live, value)

    def _show(self, path: FieldPath, kind: FieldKind, before: Value, after: Value) -> None:
        self._found.fields.extend(field_changes(self._kind, path, kind, before, after))

    def _update(self) -> tuple[Change, Step | None]:
        live, found = self._live, self._found
        clears = collapsed(self._kind, found.clears, tuple(self._declared.values()), live.body)
        if self._lifted and ("metadata",) not in clears:
            clears = (*clears, _STAMP)
        step = self._update_step(clears)
        for path in clears:
            if not any(is_prefix(path, each.path) for each in found.fields):
                self._show(path, FieldKind.CHANGE, lookup(live.body, path), None)
        after = {**live.body, **overlaid(live.body, step.keys, step.overlay, clears)}
        guarded = (
            guards.foreign_marker(self._inputs, live),
            guards.rival_write(self._inputs, self._owned, live),
            guards.secret_unknown(self._inputs, live, step),
        )
        only_drift = all(each.kind in _OTHERS for each in found.fields)
        change = replace(
            self._change(Action.UPDATE, Reason.DRIFTED if only_drift else _CHANGED),
            before=masked(replaced(live.body, (*self._tracked, *clears))),
            after=masked(self._wanted()),
            sensitive=self._sensitive(clears),
            destructive=destructive.losses(self._kind, live.body, after),
            blocked=(*found.blocks, *(block for block in guarded if block)),
            preconditions=step.before,
        )
        return change, step

    def _update_step(self, clears: tuple[FieldPath, ...]) -> Update:
        found, live = self._found, self._live
        keys = tuple(dict.fromkeys(path[0] for path in (*found.updates, *clears, *self._lifted)))
        overlay = {
            path: value
            for path, value in self._tracked.items()
            if path[0] in keys and path not in found.kept
        }
        overlay |= {path: value for path, value in self._lifted.items() if path not in overlay}
        return Update(
            address=self._address,
            owned=self._owned,
            keys=keys,
            overlay=overlay,
            clears=clears,
            tracked=self._tracked,
            kept=frozenset(found.kept),
            before={key: self._hasher.whole((key,), live.body.get(key)) for key in keys},
            lifecycle=self._definition.lifecycle,
        )

    def _record(self) -> tuple[Change, Step | None]:
        owned = replace(
            self._owned,
            leaves=self._found.leaves,
            lifecycle=self._definition.lifecycle,
            secrets=secret_pointers(self._tracked),
        )
        if owned == self._owned:
            return self._change(Action.NO_OP, Reason.UNCHANGED), None
        return self._change(Action.NO_OP, Reason.STATE_ONLY), Record(self._address, owned)

    def _change(self, action: Action, reason: Reason) -> Change:
        return Change(
            address=self._address,
            action=action,
            reason=reason,
            id=self._live.id,
            source=self._definition.where,
            name=self._live.name,
            fields=tuple(self._found.fields),
        )

    def _wanted(self) -> dict[FieldPath, Value]:
        return {
            path: lookup(self._live.body, path) if path in self._found.kept else value
            for path, value in self._tracked.items()
        }

    def _sensitive(self, clears: tuple[FieldPath, ...]) -> tuple[FieldPath, ...]:
        return tuple(
            path
            for path in (*self._tracked, *clears)
            if has_secret(self._tracked.get(path)) or has_secret(lookup(self._live.body, path))
        )


def _lifted(
    owned: Owned, live: LiveObject, declared: Mapping[FieldPath, Value]
) -> dict[FieldPath, Value]:
    """What gives one that was set aside its name back, when its definition says none itself."""
    if owned.quarantined_at is None:
        return {}
    name = ("name",)
    return {name: declared[name] if name in declared else name_before(live.body)}
