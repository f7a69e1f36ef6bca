"""Plans as a reviewer meets them: a shop's with every danger, a hostile one, a large one."""

from dataclasses import replace
from zlib import crc32

from assistants_sync.model.address import Address, RemoteId
from assistants_sync.model.plan import Action, Block, Change, FieldChange, FieldKind, Plan, Reason
from assistants_sync.model.source import SourceRef
from assistants_sync.model.state import Generation
from assistants_sync.model.usage import Reference
from assistants_sync.model.value import MASK, JsonValue

PROMPT = """\
You are Robin, the voice of Harbor Bikes, a bicycle shop and repair workshop. It is {{now}}.
Callers hear you; they never see text. Keep every answer under thirty words.

# What you can do
- Book a repair, a rental or a test ride.
- Tell prices from the list below, and nothing else.
- Take a message for {{manager_name}}.

# Booking a repair
Ask for one thing at a time:
1. Which bike is it, and what is wrong with it?
2. When can it be brought in?
3. Which number can we call? Read it back digit by digit.
Repairs take three working days. Never promise a day before the workshop confirmed it.

# Prices
- Small service: 49 euros
- Large service: 119 euros
- Puncture: 18 euros, with the tube

# Handing over
If somebody is upset, hand over to the manager. If somebody is hurt, tell them to call 112.
"""

CHANGED = (
    PROMPT.replace("You are Robin", "You are Alex")
    .replace("under thirty words", "under twenty-five words, and ask one question at a time")
    .replace("three working days", "two working days, five before Easter")
    .replace("- Small service: 49 euros\n", "- Small service: 55 euros\n")
    .replace("- Puncture: 18 euros, with the tube\n", "")
    .replace("hand over to the manager", "transfer the call to {{escalation_number}}")
    .replace("- Take a message for {{manager_name}}.\n", "- Take a message.\n")
    + "\n# Privacy\nNever read out an address, a birthday or a card number.\n"
)

MESSAGES: JsonValue = [{"role": "system", "content": PROMPT}]

_PHONE = Reference("phone-number", RemoteId("4b1f6f20-8c55"), ("assistantId",), "Main line")
_SQUAD = Reference("squad", RemoteId("9d07c1aa-22fe"), ("members", "1", "assistantId"), "Front")
_TOOL = Reference("tool", RemoteId("77aa03be-0c1d"), ("destinations", "0"), "Handoff", by="name")


def change(key: str, action: Action, reason: Reason, *fields: FieldChange) -> Change:
    """Give a change to `assistant.KEY`, with an id and a place."""
    return Change(
        Address(f"assistant.{key}"),
        action,
        reason,
        RemoteId(f"02ecfe5d-d84c-494e-86c2-{crc32(key.encode()):012d}"),
        SourceRef(f"assistants/{key}.yaml", 2, 1),
        f"Harbor Bikes {key.replace('-', ' ')}",
        before={"model": {"messages": MESSAGES}},
        fields=fields,
    )


def field(path: str, kind: FieldKind, before: JsonValue, after: JsonValue) -> FieldChange:
    """Give a field change at a path written with dots."""
    return FieldChange(tuple(path.split(".")), kind, before, after)


_UPDATE, _CHANGED = Action.UPDATE, Reason.DEFINITION_CHANGED

DELETED = replace(
    change("summer-line", Action.DELETE, Reason.DEFINITION_REMOVED),
    used_by=(_PHONE, _SQUAD, _TOOL),
    blocked=(
        Block(
            "in_use",
            "A phone number, a squad and a tool still refer to it; callers would reach nobody",
            "lifecycle.replace_with moves them to a successor; --detach unlinks them",
        ),
    ),
)
PROMPTED = change(
    "front-desk",
    _UPDATE,
    _CHANGED,
    field("model.messages.0.content", FieldKind.CHANGE, PROMPT, CHANGED),
    field("voice.speed", FieldKind.CHANGE, 1, 1.15),
    field("transcriber.keywords", FieldKind.ADD, None, ["Gravel:2", "Pedelec:3"]),
    field("voicemailMessage", FieldKind.REMOVE, "We call you back before nine.", None),
    field("metadata.team", FieldKind.NOT_STORED, None, "voice"),
    FieldChange(("server", "secret"), FieldKind.CHANGE, MASK, MASK, is_secret=True),
)

SHOP = Plan(
    tool_version="1.2.3",
    project="harbor-bikes",
    environment="production",
    org_id="6f0c2a18-55d1-4c8e-9a53-0f6f1c0a7d21",
    lineage="8d8e1f1e-0c9b",
    generation=Generation(41, 2),
    changes=(
        DELETED,
        change("winter-sale", Action.DELETE, Reason.REMOVED_BY_NAME),
        replace(
            change(
                "rentals",
                _UPDATE,
                _CHANGED,
                field("model.tools", FieldKind.REMOVE, [{"type": "endCall"}], None),
                field("model.messages.0.content", FieldKind.CHANGE, PROMPT, "Be kind.\n"),
            ),
            destructive=(
                "takes the only tool away",
                "takes four fifths of the system prompt away",
            ),
        ),
        replace(
            change(
                "workshop",
                _UPDATE,
                _CHANGED,
                field("firstMessage", FieldKind.CONFLICT, "Workshop, hello!", "Hello, workshop."),
                field("maxDurationSeconds", FieldKind.CHANGE, 300, 600),
            ),
            blocked=(
                Block(
                    "conflict",
                    "firstMessage was changed in the file and on the server",
                    "--resolve assistant.workshop=ours or =theirs",
                ),
            ),
        ),
        change(
            "after-hours",
            _UPDATE,
            Reason.DRIFTED,
            field("voice.voiceId", FieldKind.DRIFT, "cedar", "marin"),
            field("model.temperature", FieldKind.KEPT, 0.2, 0.7),
        ),
        PROMPTED,
        change(
            "booking",
            Action.CREATE,
            Reason.NOT_IN_STATE,
            field("name", FieldKind.ADD, None, "Harbor Bikes booking"),
            field("model.provider", FieldKind.ADD, None, "openai"),
            field("model.temperature", FieldKind.ADD, None, 0.3),
            field("model.messages", FieldKind.ADD, None, MESSAGES),
        ),
        change("test-line", Action.FORGET, Reason.ON_DELETE_FORGET),
        replace(
            change("news", Action.NO_OP, Reason.STATE_ONLY), notes=("moved from assistant.letter",)
        ),
    ),
    blocks=(
        Block(
            "too_many_deletes",
            "2 deletions are more than a fifth of 9 owned",
            "pass --allow-deletes=2",
        ),
    ),
    unmanaged_count=7,
    owned_count=9,
)

ATTACKS = (
    "<script>window.hacked = 1</script>",
    "</script><script>window.hacked = 1</script>",
    "</style><style>body { display: none }</style>",
    "<img src=x onerror='window.hacked = 1'>",
    '" onmouseover="window.hacked = 1" autofocus onfocus="window.hacked = 1" x="',
    "<svg onload=window.hacked=1>",
    "<iframe src='javascript:parent.hacked = 1'></iframe>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<base href='https://evil.example/'>",
    "<form id=search><input name=hidden>",
    "-->]]><!--<script>window.hacked = 1</script>",
    "javascript:window.hacked=1",
    "&lt;script&gt;window.hacked = 1&lt;/script&gt;",
    "\u202egnp.exe\u2066 \x1b[2J \x00 \ud800 ::error::no ##[group]",
)
"""What a name, a prompt, a path or a saved plan may hold."""

_ALL = "\n".join(ATTACKS)

HOSTILE = replace(
    SHOP,
    project=ATTACKS[0],
    environment=ATTACKS[3],
    org_id=ATTACKS[4],
    tool_version=ATTACKS[5],
    changes=(
        *(
            replace(
                change(f"hostile-{at}", _UPDATE, _CHANGED),
                address=Address(f"assistant.{attack}"),
                name=attack,
                id=RemoteId(attack),
                source=SourceRef(attack, 1, 1),
                fields=(
                    FieldChange((attack, attack), FieldKind.CHANGE, attack, _ALL),
                    FieldChange((attack,), FieldKind.ADD, None, {attack: [attack, _ALL]}),
                    FieldChange(("model", "messages"), FieldKind.CHANGE, _ALL, f"{attack}\n{_ALL}"),
                ),
                destructive=(attack,),
                notes=(attack,),
                blocked=(Block(attack, attack, attack),),
                used_by=(Reference(attack, RemoteId(attack), (attack,), attack, by="name"),),
            )
            for at, attack in enumerate(ATTACKS)
        ),
    ),
    blocks=tuple(Block(attack, attack, attack) for attack in ATTACKS),
    copies=tuple(map(RemoteId, ATTACKS)),
)


def many(count: int) -> Plan:
    """Give a plan of so many updates, each with a prompt that changed in seven places."""

    def _prompted(number: int) -> Change:
        before, after = (
            "".join(f"{line} ({number})\n" for line in text.splitlines())
            for text in (PROMPT, CHANGED)
        )
        prompt = field("model.messages.0.content", FieldKind.CHANGE, before, after)
        key = f"branch-{number:04d}"
        return change(key, _UPDATE, _CHANGED, prompt, *PROMPTED.fields[1:])

    changes = (
        replace(DELETED, address=Address(f"assistant.closed-{number:04d}"))
        if number % 100 == 0
        else _prompted(number)
        for number in range(count)
    )
    return replace(SHOP, changes=tuple(changes), owned_count=count)
