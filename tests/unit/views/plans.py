"""Plans to look at: one with every action, reason and field kind, and hypothesis' own."""

from hypothesis import strategies as st

from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.plan import (
    Action,
    Block,
    Change,
    FieldChange,
    FieldKind,
    Plan,
    PlanOptions,
    Reason,
)
from assistants_sync.model.source import SourceRef
from assistants_sync.model.state import Generation
from assistants_sync.model.value import MASK, JsonValue

DESK = Address("assistant.desk")

FIELDS = (
    FieldChange(("name",), FieldKind.ADD, None, "Desk"),
    FieldChange(("voice", "speed"), FieldKind.CHANGE, 1, 1.5),
    FieldChange(("model", "tools", "0"), FieldKind.REMOVE, {"type": "endCall"}, None),
    FieldChange(("firstMessage",), FieldKind.DRIFT, "theirs", "ours"),
    FieldChange(("endCallMessage",), FieldKind.CONFLICT, "theirs", "ours"),
    FieldChange(("model", "temperature"), FieldKind.KEPT, 0.2, 0.7),
    FieldChange(("metadata", "team"), FieldKind.NOT_STORED, None, "voice"),
    FieldChange(("server", "secret"), FieldKind.CHANGE, MASK, MASK, is_secret=True),
)


def change(
    action: Action = Action.UPDATE,
    reason: Reason = Reason.DEFINITION_CHANGED,
    *,
    address: str = DESK,
    fields: tuple[FieldChange, ...] = (),
    destructive: tuple[str, ...] = (),
    blocked: tuple[Block, ...] = (),
    notes: tuple[str, ...] = (),
) -> Change:
    """Give a change to `assistant.desk` with whatever the test is about."""
    return Change(
        address=Address(address),
        action=action,
        reason=reason,
        id=RemoteId("id-1"),
        source=SourceRef("assistants/desk.yaml", 2, 1),
        name="Desk",
        fields=fields,
        destructive=destructive,
        blocked=blocked,
        notes=notes,
    )


def plan(*changes: Change, blocks: tuple[Block, ...] = ()) -> Plan:
    """Give the plan of these changes."""
    return Plan(
        tool_version="1.2.3",
        project="shop",
        environment="default",
        org_id="org-1",
        lineage="lineage-1",
        generation=Generation(3, 1),
        changes=changes,
        blocks=blocks,
        owned_count=len(changes),
    )


RICH = Plan(
    tool_version="1.2.3",
    project="shop",
    environment="eu",
    org_id="org-1",
    lineage="lineage-1",
    generation=Generation(3, 1),
    changes=(
        Change(
            address=DESK,
            action=Action.UPDATE,
            reason=Reason.DEFINITION_CHANGED,
            id=RemoteId("id-1"),
            source=SourceRef("assistants/desk.yaml", 2, 1),
            name="Café — 名",
            before={"name": "Desk", "voice": {"speed": 1, "on": True, "at": [1.5, None]}},
            after={"name": "Café — 名", "voice": {"speed": 1.0}},
            sensitive=(("server", "secret"), ("server", "headers", "a/b~c")),
            fields=FIELDS,
            destructive=("drops model.knowledgeBase",),
            blocked=(Block("protected", "it is"), Block("not_ours", "it is not", "look")),
            notes=("moved from assistant.old",),
            preconditions={"name": "h1", "voice": "h2"},
        ),
        Change(Address("assistant.gone"), Action.FORGET, Reason.GONE, RemoteId("id-2")),
        Change(Address("assistant.new"), Action.CREATE, Reason.NOT_IN_STATE, after={}),
    ),
    blocks=(Block("too_many_gone", "1 of 1", "--accept-gone=1"),),
    unmanaged_count=7,
    copies=(RemoteId("id-8"), RemoteId("id-9")),
    owned_count=2,
    options=PlanOptions(
        targets=("assistant.desk",),
        excludes=("assistant.sales",),
        resolve={"assistant.desk": "ours"},
        skip_deletes=True,
        allow_same_name=True,
    ),
)

TEXTS = st.text(max_size=8)
HOSTILE = TEXTS | st.sampled_from(
    ["\x1b[2J", "\x1b]0;title\x07", "a\nb", "\r", "\u202egnp.exe", "\u200b", "\x9b31m", "\ud800"]
)


def json_values(texts: st.SearchStrategy[str]) -> st.SearchStrategy[JsonValue]:
    """Give any JSON over these texts, keys included."""
    return st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-9, 9)
        | st.floats(allow_nan=False, allow_infinity=False)
        | texts,
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
        max_leaves=4,
    )


def plans(texts: st.SearchStrategy[str]) -> st.SearchStrategy[Plan]:
    """Give any plan over these texts; only addresses, guards and options are well-formed."""
    values = json_values(texts)
    paths = st.lists(texts, min_size=1, max_size=3).map(tuple)
    maybe = st.none() | texts
    bodies = st.none() | st.dictionaries(texts, values, max_size=2)
    blocks = st.lists(
        st.builds(Block, st.sampled_from(["protected", "not_ours"]), texts, maybe), max_size=1
    ).map(tuple)
    fields = st.builds(
        FieldChange, paths, st.sampled_from(FieldKind), values, values, st.booleans()
    )
    some = st.lists(texts, max_size=2).map(tuple)
    changes = st.builds(
        Change,
        address=st.sampled_from([DESK, Address("assistant.sales")]),
        action=st.sampled_from(Action),
        reason=st.sampled_from(Reason),
        id=st.none() | texts.map(RemoteId),
        source=st.none() | st.builds(SourceRef, texts, st.integers(0, 9), st.integers(0, 9)),
        name=maybe,
        before=bodies,
        after=bodies,
        sensitive=st.sampled_from([(), (("a",),), (("a", "b"), ("c", "d/~"))]),
        fields=st.lists(fields, max_size=2).map(tuple),
        destructive=some,
        blocked=blocks,
        notes=some,
        preconditions=st.dictionaries(texts, texts, max_size=2),
    )
    generations = st.none() | st.builds(Generation, st.integers(0, 9), st.integers(0, 9))
    return st.builds(
        Plan,
        tool_version=texts,
        project=texts,
        environment=texts,
        org_id=maybe,
        lineage=maybe,
        generation=generations,
        changes=st.lists(changes, max_size=2).map(tuple),
        blocks=blocks,
        unmanaged_count=st.integers(0, 9),
        copies=st.lists(texts.map(RemoteId), max_size=2).map(tuple),
        owned_count=st.integers(0, 9),
        options=st.builds(PlanOptions, skip_deletes=st.booleans(), drift_only=st.booleans()),
    )
