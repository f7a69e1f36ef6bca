"""No key and no secret in a byte we write, whatever the command and whatever goes wrong.

Every secret is a canary. What was written, on the screen or in the project folder, is searched for
each of them, in the forms in which a log, a URL or an encoder would carry it.
"""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from shell import Ended, Shell
from stand_in import Habits, StandIn, serve_on_loopback
from stand_in_faults import Fault, cut_json, echoed, html, lost_reply, redirected

from assistants_sync.cli import plan as plan_command
from assistants_sync.resources import fingerprint
from assistants_sync.state.journaled import JournaledState
from assistants_sync.vapi.client import VapiClient

_KEY = "canary-key+/=&%0A1b2C3d4E5f6G7h"
_BOUND = {
    "HOOK": 'canary-hook "öffne" +/?&',
    "TOOL": "canary-tool\\back\\slash",
    "HEADER": "canary-header: Basic 1234",
    "OLD": "canary-old-style-secret",
    "CREDENTIAL": "canary-credential-sk-1234",
    "NOTE": "canary-note-anywhere",
}
_LITERAL = {name: f"canary-literal-{name.lower()}-0815" for name in _BOUND if name != "NOTE"}
_BY_HAND = "canary-by-hand-in-the-dashboard"
_CANARIES = {_KEY, *_BOUND.values(), *_LITERAL.values(), _BY_HAND}
_HOLDERS = ("assistants/literal.yaml", "assistants/literal-spare.yaml")
"""The files in which the user wrote secrets himself."""

_DEFINITION = """\
name: {name}
firstMessage: Hello
serverUrlSecret: {OLD}
server:
  url: https://hooks.example/in
  secret: {HOOK}
  headers: {{X-Auth: {HEADER}}}
credentials: [{{provider: openai, apiKey: {CREDENTIAL}}}]
model:
  provider: openai
  messages: [{{role: system, content: You are kind.}}]
  tools:
    - type: function
      function: {{name: look}}
      server: {{url: "https://hooks.example/tool", secret: {TOOL}}}
metadata: {{note: {NOTE}}}
"""


def _defined(name: str, secrets: dict[str, str]) -> str:
    return _DEFINITION.format(name=name, **secrets)


_TAGGED = {name: f"!secret CANARY_{name}" for name in _BOUND}
_QUOTED = {name: json.dumps(text) for name, text in {**_LITERAL, "NOTE": "no secret"}.items()}


def _forms(canary: str) -> Iterator[bytes]:
    """Give every form of a canary; of base64 what stays the same wherever in a text it stands."""
    data = canary.encode()
    yield data
    yield data[:-3]
    yield json.dumps(canary)[1:-1].encode()
    yield json.dumps(canary, ensure_ascii=False)[1:-1].encode()
    yield json.dumps(json.dumps(canary))[3:-3].encode()
    yield quote(canary).encode()
    yield quote(canary, safe="").encode()
    yield quote_plus(canary).encode()
    yield repr(canary)[1:-1].encode()
    yield data.hex().encode()
    for before in range(3):
        kept = base64.b64encode(b"\0" * before + data).rstrip(b"=")[(before * 8 + 5) // 6 : -1]
        yield kept
        yield kept.translate(bytes.maketrans(b"+/", b"-_"))


_FORMS = {canary: tuple(_forms(canary)) for canary in _CANARIES}


def _leaks(data: bytes) -> list[str]:
    return [canary for canary, forms in _FORMS.items() if any(form in data for form in forms)]


class Guarded:
    """A shell whose every command is searched for canaries, and so is what it left on disk."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self.codes: set[int] = set()

    def __call__(self, *argv: str) -> Ended:
        ended = self.shell.bare("--chdir", str(self.shell.folder), *argv)
        self.codes.add(ended.code)
        found = {
            "stdout": _leaks(ended.out.encode()),
            "stderr": _leaks(ended.err.encode()),
            **{str(path): _leaks(path.read_bytes()) for path in self._files()},
        }
        assert not {place: leaks for place, leaks in found.items() if leaks}, argv
        return ended

    def _files(self) -> list[Path]:
        holders = {self.shell.folder / each for each in _HOLDERS}
        found = self.shell.folder.rglob("*")
        return [path for path in found if path.is_file() and path not in holders]


@pytest.fixture
def guarded(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Guarded:
    monkeypatch.setattr(fingerprint, "_SCRYPT_COST", 2)  # how slow it is changes no byte's fate
    shell.write(
        "assistants-sync.yaml", "project: shop\nsafety: {max_deletes: 5, max_delete_ratio: 1.0}\n"
    )
    for name, secrets in {"desk": _TAGGED, "spare": _TAGGED}.items():
        shell.write(f"assistants/{name}.yaml", _defined(name.title(), secrets))
    for holder in _HOLDERS:
        shell.write(holder, _defined(Path(holder).stem, _QUOTED))
    shell.set({f"CANARY_{name}": text for name, text in _BOUND.items()})
    shell.set({"VAPI_API_KEY": _KEY})
    return Guarded(shell)


@contextmanager
def _served(guarded: Guarded, server: StandIn) -> Iterator[None]:
    with serve_on_loopback(server.app) as base_url:
        guarded.shell.set({"VAPI_BASE_URL": base_url})
        yield
    assert {each.host for each in server.requests} <= {base_url.partition("//")[2]}


def _id_of(server: StandIn, name: str) -> str:
    return next(key for key, each in server.objects.items() if each["name"] == name)


def _every_command(guarded: Guarded, server: StandIn, *flags: str) -> None:
    """Go through all there is, with something to show at every step."""

    def run(*argv: str) -> Ended:
        return guarded(*flags, *argv)

    for each in (["validate"], ["plan", "--out", "p.json"], ["show", "p.json"]):
        run(*each)
        run(*each, "--format", "json")
    run("apply", "--auto-approve", "--format", "json")
    run("lock", "show")
    _meddle(guarded, server)
    for each in (["plan"], ["drift"], ["state", "verify"], ["state", "list"], ["lock", "show"]):
        run(*each)
        run(*each, "--format", "json")
    run("state", "show", "assistant.desk")
    run("state", "show", "assistant.desk", "--format", "json")
    run("apply", "--auto-approve", "--allow-deletes", "1", "--allow-destructive", "1")
    run("apply", "--auto-approve", "--allow-deletes", "1", "--resolve", "theirs")
    _others(guarded, server, run)


def _meddle(guarded: Guarded, server: StandIn) -> None:
    """Somebody changes what holds secrets, and adds one of their own that we never saw."""
    secret = {"url": "https://hooks.example/hand", "secret": _BY_HAND}
    server.add(name="Stranger", server=secret, model={"provider": "openai"}, serverUrlSecret="x")
    for name in ("Desk", "literal"):
        if any(each["name"] == name for each in server.objects.values()):
            server.edit(_id_of(server, name), server=secret, firstMessage="by hand")
    for spare in ("spare", "literal-spare"):
        (guarded.shell.folder / "assistants" / f"{spare}.yaml").unlink(missing_ok=True)
    edited = guarded.shell.read("assistants/desk.yaml").replace("/in", "/out")
    guarded.shell.write("assistants/desk.yaml", edited)


def _others(guarded: Guarded, server: StandIn, run: Callable[..., Ended]) -> None:
    run("apply", "--auto-approve", "--allow-deletes", "2", "--resolve", "ours")
    for each in (["trash", "list"], ["cleanup", "list"]):
        run(*each)
        run(*each, "--format", "json")
    run("cleanup", "list", "--format", "csv")
    for path in sorted((guarded.shell.folder / "state").glob("*.trash/*.json")):
        run("trash", "show", path.stem)
        run("trash", "restore", path.stem, "--auto-approve", "--as", f"assistant.{len(path.stem)}")
    stranger = next((key for key, each in server.objects.items() if each["name"] == "Stranger"), "")
    run("cleanup", "plan", stranger, "--out", "c.json")
    run("apply", "c.json")
    run("import", "assistant.stranger", stranger, "--claim")
    run("import", "--all")
    run("state", "mv", "assistant.stranger", "assistant.visitor")
    run("state", "rm", "assistant.visitor")
    (guarded.shell.folder / "state" / "default.json").unlink(missing_ok=True)
    run("state", "rebuild")
    run("trash", "purge", "--older-than", "0d", "--auto-approve")


@pytest.mark.parametrize(
    ("secrets", "flag"),
    [("documented", "-v"), ("shown", "-v"), ("shown", "--log-format=json")],
)
def test_no_command_shows_a_secret(guarded: Guarded, secrets: str, flag: str) -> None:
    server = StandIn(Habits(secrets=secrets))  # type: ignore[arg-type]  # one of its own words
    with _served(guarded, server):
        _every_command(guarded, server, flag)
    assert {0, 3} <= guarded.codes
    assert 70 not in guarded.codes
    assert 64 not in guarded.codes
    told = b"".join(each.content for each in server.requests).decode()
    sent = {*_BOUND.values(), *_LITERAL.values()}
    assert all(
        json.dumps(each) in told or json.dumps(each, ensure_ascii=False) in told for each in sent
    )
    assert {each.headers["authorization"] for each in server.requests} == {f"Bearer {_KEY}"}


_FAULTS: dict[str, Fault] = {
    "400 echo": echoed(400),
    "401 echo": echoed(401),
    "500 echo": echoed(500),
    "captive portal": html(200),
    "cut": cut_json(201, acts=True),
    "lost reply": lost_reply(),
    "elsewhere": redirected("https://elsewhere.example/?key=1"),
}


@pytest.mark.parametrize("fault", _FAULTS)
def test_no_failure_shows_a_secret(guarded: Guarded, fault: str) -> None:
    """Each write fails once and is healed; then every read fails."""
    server = StandIn(Habits(secrets="shown"))
    with _served(guarded, server):
        for method, form in (("POST", "human"), ("PATCH", "json"), ("DELETE", "human")):
            if method == "PATCH":
                _meddle(guarded, server)
            if method == "DELETE":
                (guarded.shell.folder / "assistants" / "literal.yaml").unlink()
            guarded("-v", "plan", "--resolve", "ours", "--out", "p.json")
            server.fail(method, "/assistant", _FAULTS[fault])
            guarded("-v", "apply", "p.json", "--format", form)
            assert server.count(method), f"no {method} to fail"
            server.forget_faults()
        server.fail("GET", "/assistant", _FAULTS[fault], times=99)
        for command in (["plan"], ["plan", "--format", "json"], ["state", "verify"]):
            assert guarded("-v", *command).code
    assert guarded.codes - {0}


def test_a_deletion_does_not_show_what_only_its_definition_called_secret(guarded: Guarded) -> None:
    with _served(guarded, StandIn()):
        _note_alone(guarded)
        guarded("plan", "--format", "json")


def test_a_backup_does_not_hold_what_only_its_definition_called_secret(guarded: Guarded) -> None:
    server = StandIn()
    with _served(guarded, server):
        _note_alone(guarded)
        guarded("apply", "--auto-approve", "--allow-deletes", "2")
        assert server.count("DELETE") == 2


def _note_alone(guarded: Guarded) -> None:
    guarded("apply", "--auto-approve")
    for name in ("desk", "spare"):
        (guarded.shell.folder / "assistants" / f"{name}.yaml").unlink()


def test_no_bug_shows_a_secret(guarded: Guarded, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever an exception holds: the key, a body with its secrets, in any place of ours."""

    def broken(*seen: object, **_more: object) -> object:
        raise RuntimeError(f"{seen} {_KEY} {_BOUND} {json.dumps(_LITERAL)} {quote(_KEY)}")

    server = StandIn()
    doors: list[tuple[object, str]] = [
        (VapiClient, "create"),
        (VapiClient, "list_all"),
        (JournaledState, "append"),
        (plan_command, "run_plan"),
    ]
    with _served(guarded, server):
        for place, name in doors:
            with monkeypatch.context() as patched:
                patched.setattr(place, name, broken)
                for command in (["plan"], ["apply", "--auto-approve"]):
                    for form in ("human", "json"):
                        guarded("-v", *command, "--format", form)
                        guarded(*command, "--format", form)
    assert 70 in guarded.codes


def test_the_search_finds_what_leaks() -> None:
    """The tests above do not pass for want of eyes."""
    for canary in _CANARIES:
        data = canary.encode()
        for text in (
            f"x{canary}y".encode(),
            json.dumps({"a": [canary]}).encode(),
            quote(f"k={canary}&").encode(),
            *(base64.b64encode(b"Bearer."[:before] + data + b"\n") for before in range(4)),
            repr([canary]).encode(),
        ):
            assert canary in _leaks(text), text
    assert not _leaks(b"canary, the bird; (secret)")
