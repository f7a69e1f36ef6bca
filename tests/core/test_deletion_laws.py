"""No DELETE is ever sent that the contract forbids, whatever the world looks like.

The judge stands on the wire and knows nothing of the tool: it looks at what the server holds, and
what is on disk, in the moment in which a DELETE comes by.
"""

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

import httpx
import pytest
from hypothesis import HealthCheck, Phase, event, example, given, settings
from hypothesis import strategies as st
from stand_in_faults import Meanwhile
from stand_in_wire import Body
from world import World, address, body

from assistants_sync.errors import GuardError
from assistants_sync.model.address import RemoteId, key_of
from assistants_sync.model.definition import Lifecycle, Removal
from assistants_sync.model.plan import Action, PlanOptions
from assistants_sync.model.project import Safety
from assistants_sync.planning.consent import Consent

Folders = pytest.TempPathFactory

_AGREED = Consent(changes=True, deletions=True)
_KEYS = tuple(f"k{number}" for number in range(7))
_STAYS = "11111111-0000-4000-8000-000000000000"
_STATUSES = ["queued", "ringing", "in-progress", "forwarding", "scheduled", "ended", "never heard"]
_FORMS = [
    "/phone-number",
    "/squad",
    "/squad by name",
    "/tool",
    "/tool by name",
    "/structured-output",
    "/observability/scorecard",
    "/campaign",
    "/v2/campaign",
    "/eval/simulation/suite",
    "assistant",
    "assistant by name",
]


@dataclass(frozen=True)
class Case:
    """One world and one apply. Keys are those of assistants owned at the start."""

    undefined: frozenset[str] = frozenset()
    protected: frozenset[str] = frozenset()
    unmarked: frozenset[str] = frozenset()
    edited: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()
    named_removals: frozenset[str] = frozenset()
    successors: dict[str, str] = field(default_factory=dict)
    detached: frozenset[str] = frozenset()
    references: tuple[tuple[str, str, str], ...] = ()  # form, target, and who refers if one does
    is_over: bool = False  # whether the campaigns are
    calls: tuple[tuple[str, str], ...] = ()  # target, status
    late_calls: tuple[tuple[str, str], ...] = ()  # the same, after the plan
    protect_all: bool = False
    consent: Consent = _AGREED
    counts_right: bool = False  # whether the consent says the number the plan shows


_FEW = st.frozensets(st.sampled_from(_KEYS), max_size=1) | st.just(frozenset[str]())
_KEY = st.sampled_from(_KEYS)
_CASES = st.builds(
    Case,
    undefined=st.frozensets(_KEY, max_size=3) | st.frozensets(_KEY),
    protected=_FEW,
    unmarked=_FEW,
    edited=_FEW,
    gone=_FEW,
    named_removals=_FEW,
    successors=st.dictionaries(_KEY, _KEY, max_size=3),
    detached=st.frozensets(_KEY, max_size=3),
    references=st.lists(st.tuples(st.sampled_from(_FORMS), _KEY, _KEY), max_size=2).map(tuple),
    is_over=st.booleans(),
    calls=st.lists(st.tuples(_KEY, st.sampled_from(_STATUSES)), max_size=1).map(tuple),
    late_calls=st.lists(st.tuples(_KEY, st.sampled_from(_STATUSES)), max_size=1).map(tuple),
    protect_all=st.sampled_from([False, False, False, False, True]),
    consent=st.builds(
        Consent,
        changes=st.just(True),
        deletions=st.sampled_from([True, True, False]),
        allow_deletes=st.none() | st.integers(0, 4),
    ),
    counts_right=st.booleans(),
)


class Judge(httpx.AsyncBaseTransport):
    """A wire that notes of each DELETE what speaks against it in that moment."""

    def __init__(self, way: httpx.AsyncBaseTransport, world: World, going: set[str]) -> None:
        self._way, self._world, self._going = way, world, going
        self.deleted: list[str] = []
        self.crimes: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE":
            remote_id = request.url.path.rpartition("/")[2]
            self.deleted.append(remote_id)
            self.crimes += [f"{remote_id} {crime}" for crime in self._crimes(remote_id)]
        return await self._way.handle_async_request(request)

    def _crimes(self, remote_id: str) -> Iterator[str]:
        server = self._world.server
        live = server.objects[remote_id]
        if "assistants-sync" not in (live.get("metadata") or {}):
            yield "has no marker of ours"
        for call in server.others["/call"].values():
            if call["assistantId"] == remote_id and call["status"] != "ended":
                yield f"has a call that is {call['status']}"
        kinds = {path: each for path, each in server.others.items() if path != "/call"}
        for path, others in kinds.items():
            for other in others.values():
                if other.get("status") != "ended" and _mentions(other, live):
                    yield f"is referred to by {path}"
        for other_id, other in server.objects.items():
            stays = other_id not in self._going and other_id != remote_id
            if stays and _mentions({**other, "id": None, "name": None}, live):
                yield "is referred to by an assistant that stays"
        if not self._is_backed_up(live):
            yield "was not backed up"

    def _is_backed_up(self, live: Body) -> bool:
        folder = self._world.folder / "state" / "default.trash"
        kept = [json.loads(path.read_text()) for path in folder.glob(f"*{live['id']}*.json")]
        return any(
            each["body"]["name"] == live["name"] and each["body"]["model"] == live["model"]
            for each in kept
        )


def _mentions(other: Body, live: Body) -> bool:
    """Crude on purpose: its id anywhere, or its name as a whole string."""
    text = json.dumps({key: value for key, value in other.items() if key != "metadata"})
    return live["id"] in text or json.dumps(live["name"]) in text


def _refer(world: World, form: str, target: str, source: str, *, is_over: bool) -> None:
    path, _, by_name = form.partition(" ")
    remote_id = world.owned[address(target)].id
    place = {"assistantName": f"Agent {target}"} if by_name else {"assistantId": remote_id}
    handoff = {"type": "handoff", "destinations": [{"type": "assistant", **place}]}
    member = {"assistantId": _STAYS, "assistantDestinations": [place]} if by_name else dict(place)
    bodies: dict[str, Body] = {
        "/squad": {"members": [member, {"assistantId": _STAYS}]},
        "/tool": handoff,
        "/structured-output": {"assistantIds": [remote_id]},
        "/observability/scorecard": {"assistantIds": [_STAYS, remote_id]},
        "/eval/simulation/suite": {"targetType": "assistant", "targetId": remote_id},
    }
    if path == "assistant":
        if target != source:
            world.edit(source, model={"provider": "openai", "tools": [handoff]})
        return
    campaign = {"assistantId": remote_id, "status": "ended" if is_over else "scheduled"}
    world.server.add_other(path, **bodies.get(path, campaign))


def _world(folders: Folders, case: Case) -> World:
    world = World(folders.mktemp("world"))
    for key in _KEYS:
        named = case.successors.get(key)
        successor = address(named) if named else None
        lifecycle = Lifecycle(protect=key in case.protected, replace_with=successor)
        world.define(key, {"name": f"Agent {key}", "model": {"provider": "openai"}}, lifecycle)
    world.apply()
    world.server.add(**body("A stranger"))
    world.environment = replace(
        world.environment, safety=Safety(protect_all=case.protect_all, allow_empty=True)
    )
    for form, target, source in case.references:
        _refer(world, form, target, source, is_over=case.is_over)
    for key, state in case.calls:
        world.server.add_other("/call", assistantId=world.owned[address(key)].id, status=state)
    _meddle(world, case)
    world.undefine(*case.undefined)
    world.removals = {
        address(key): Removal(address(key), "delete")
        for key in case.named_removals & case.undefined
    }
    return world


def _meddle(world: World, case: Case) -> None:
    for key in case.unmarked:
        world.edit(key, metadata=None)
    for key in case.edited:
        world.edit(key, voice={"provider": "by hand"})
    for key in case.gone:
        world.server.remove(world.owned[address(key)].id)


def _begins(world: World, remote_id: str, state: str) -> Meanwhile:
    return Meanwhile(lambda: world.server.add_other("/call", assistantId=remote_id, status=state))


def _judged(world: World, case: Case, options: PlanOptions) -> Judge:
    """Plan, then apply with the judge on the wire, who sees what the plan did not."""
    going = {str(each.id) for each in world.plan(options).of(Action.DELETE)}
    for key, state in case.late_calls:
        remote_id = world.owned[address(key)].id
        world.server.fail("GET", f"/assistant/{remote_id}", _begins(world, remote_id, state))
    judges: list[Judge] = []

    def wire(way: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        judges.append(Judge(way, world, going))
        return judges[-1]

    world.wire = wire
    consent = case.consent
    if case.counts_right:
        consent = replace(consent, allow_deletes=len(going))
    with suppress(GuardError):
        world.apply(consent, options=options)
    return judges[-1]


def _is_agreed_to(count: int, owned_count: int, consent: Consent) -> bool:
    """Whether so many may go at once, said in this module's own words."""
    if consent.allow_deletes is not None:
        return count <= consent.allow_deletes
    brake = min(5, max(1, owned_count // 5))
    return count <= brake and count < owned_count


_SETTINGS = settings(
    deadline=None,
    max_examples=120,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)
_NAMED = st.just(frozenset({"stranger"})) | st.frozensets(
    st.sampled_from([*_KEYS, "stranger", "rival"]), min_size=1
)


@_SETTINGS
@example(Case(undefined=frozenset({"k1"})))
@given(_CASES)
def test_no_deletion_breaks_the_contract(tmp_path_factory: Folders, case: Case) -> None:
    world = _world(tmp_path_factory, case)
    owned = {each.id: key for key, each in world.owned.items()}
    options = PlanOptions(detach=tuple(map(address, sorted(case.detached))))
    judge = _judged(world, case, options)
    event(f"{len(judge.deleted)} deletions")
    assert not judge.crimes
    for remote_id in judge.deleted:
        assert remote_id in owned
        assert owned[RemoteId(remote_id)] not in world.definitions
        assert key_of(owned[RemoteId(remote_id)]) not in case.protected
        assert not case.protect_all
    named = {address(key) for key in case.named_removals}
    if not case.counts_right:
        if not case.consent.deletions and case.consent.allow_deletes is None:
            assert {owned[RemoteId(each)] for each in judge.deleted} <= named
        assert _is_agreed_to(len(judge.deleted), len(owned), case.consent)
    assert len(judge.deleted) == len(set(judge.deleted))


@settings(_SETTINGS, max_examples=60)
@given(_CASES, _NAMED, st.sampled_from([None, None, "/phone-number", "/tool", "/call"]))
def test_no_clean_up_breaks_the_contract(
    tmp_path_factory: Folders, case: Case, named: frozenset[str], need: str | None
) -> None:
    world = _world(tmp_path_factory, case)
    owned = {key_of(key): each.id for key, each in world.owned.items()}
    rival = World(tmp_path_factory.mktemp("rival"))
    rival.server, rival.project_name = world.server, "rival"
    rival.define("r", body("Rival"))
    rival.apply()
    strangers = world.server.objects.keys() - set(owned.values())
    ids = {**owned, "rival": rival.owned[address("r")].id}
    ids["stranger"] = RemoteId(next(each for each in strangers if each != ids["rival"]))
    if need:
        world.server.add_other(need, assistantId=ids["stranger"], status="in-progress")
    options = PlanOptions(cleanup=tuple(ids[key] for key in sorted(named)))
    judge = _judged(world, case, options)
    event(f"{len(judge.deleted)} deletions")
    assert set(judge.deleted) <= {ids["stranger"]} & set(options.cleanup)
    # a stranger's bears no marker at all: being named, by exact count, stands in its place
    assert not [each for each in judge.crimes if not each.endswith("has no marker of ours")]


def test_the_judge_sees_deletions_and_crimes(tmp_path_factory: Folders) -> None:
    """The laws above are not true for want of deletions, nor for want of eyes."""
    case = Case(undefined=frozenset({"k1"}))
    assert len(_judged(_world(tmp_path_factory, case), case, PlanOptions()).deleted) == 1
    world = _world(tmp_path_factory, Case(references=(("/tool by name", "k1", "k1"),)))
    live = world.live("k1")
    world.server.add_other("/call", assistantId=live["id"], status="ringing")
    judge = Judge(world.server.transport(), world, set())
    request = httpx.Request("DELETE", f"http://127.0.0.1/assistant/{live['id']}")
    asyncio.run(judge.handle_async_request(request))
    assert sorted(each.partition(" ")[2] for each in judge.crimes) == [
        "has a call that is ringing",
        "is referred to by /tool",
        "was not backed up",
    ]
