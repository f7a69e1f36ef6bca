"""`trash`, `cleanup`, `state verify` and `state rebuild`: as a user would type them."""

import csv
import io
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from fakes import FakeClock
from shell import Ended, Shell
from stand_in import StandIn, serve_on_loopback
from stand_in_faults import status

from assistants_sync.cli import session

_NOW = FakeClock().now()
_SECRET = "canary-hook"
_PHONE = "22222222-0000-4000-8000-000000000000"
_STRAY = "33333333-0000-4000-8000-00000000000"


@pytest.fixture
def shop(shell: Shell) -> Shell:
    """Give a project of four owned assistants, one of them with a secret."""
    shell.set({"HOOK": _SECRET})
    shell.write("assistants-sync.yaml", "project: shop\n")
    for key in "bcd":
        shell.write(f"assistants/{key}.yaml", _definition(key))
    shell.write(
        "assistants/a.yaml",
        _definition("a") + "server: {url: 'https://a.example', secret: !secret HOOK}\n",
    )
    assert shell("--emulator", "apply", "--auto-approve").code == 0
    return shell


def _definition(key: str) -> str:
    return f"name: Agent {key}\nmodel: {{provider: openai}}\n"


@contextmanager
def _store(shell: Shell) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(shell.folder / "state" / "default.emulator.sqlite")
    try:
        yield connection
        connection.commit()
    finally:
        connection.close()


def _live(shell: Shell) -> dict[str, str]:
    """Give the id of each live name."""
    with _store(shell) as connection:
        rows = connection.execute("SELECT id, body FROM assistant").fetchall()
    return {json.loads(text)["name"]: remote_id for remote_id, text in rows}


def _add(shell: Shell, number: int, name: str, *, days: int = 90, **more: object) -> str:
    """Put an assistant there that nobody owns, made and changed so long ago."""
    remote_id = f"{_STRAY}{number}"
    stamp = int((_NOW - timedelta(days=days)).timestamp() * 1000)
    text = json.dumps({"name": name, "model": {"provider": "openai"}, **more})
    with _store(shell) as connection:
        connection.execute(
            "INSERT INTO assistant VALUES (?, ?, ?, ?)", (remote_id, stamp, stamp, text)
        )
    return remote_id


def _link(shell: Shell, remote_id: str) -> None:
    with _store(shell) as connection:
        connection.execute(
            "INSERT INTO other VALUES ('/phone-number', ?, 1, 1, ?)",
            (_PHONE, json.dumps({"name": "Line", "assistantId": remote_id})),
        )


def _linked_to(shell: Shell) -> object:
    with _store(shell) as connection:
        (text,) = connection.execute("SELECT body FROM other WHERE id = ?", (_PHONE,)).fetchone()
    return json.loads(text).get("assistantId")


def _delete(shell: Shell, key: str = "a", *flags: str) -> str:
    """Delete one through its definition; give its id."""
    remote_id = _live(shell)[f"Agent {key}"]
    (shell.folder / "assistants" / f"{key}.yaml").unlink()
    gone = shell("--emulator", "apply", "--auto-approve", "--allow-deletes", "1", *flags)
    assert gone.code == 0, gone.err
    return remote_id


def _later(monkeypatch: pytest.MonkeyPatch, **span: float) -> None:
    """Let every command from now on run so much later."""
    now = _NOW + timedelta(**span)
    monkeypatch.setattr(session, "SystemClock", lambda: FakeClock(now))


def _told(*ended: Ended) -> str:
    return "".join(each.out + each.err for each in ended)


def test_an_empty_trash_lists_nothing(shop: Shell) -> None:
    assert shop("trash", "list") == Ended(0, "", "Project shop, environment default\n")
    listed = shop("trash", "list", "--format", "json")
    assert json.loads(listed.out) == {"format_version": "1.0", "trash": []}


def test_what_was_deleted_is_listed_and_shown_without_its_secret(shop: Shell) -> None:
    old = _delete(shop)
    told = [
        shop("trash", "list"),
        shop("trash", "list", "--format", "json"),
        shop("trash", "show", old),
    ]
    assert [each.code for each in told] == [0, 0, 0]
    assert old in told[0].out
    assert 'assistant.a  "Agent a"  deleted 2026-11-21T09:00' in told[0].out
    (row,) = json.loads(told[1].out)["trash"]
    assert (row["id"], row["address"], row["restored_as"]) == (old, "assistant.a", None)
    document = json.loads(told[2].out)
    assert document["body"]["name"] == "Agent a"
    assert "secret" not in document["body"]["server"]
    assert shop("trash", "show", row["file"]).out == told[2].out
    assert shop("trash", "show", old[:8]).out == told[2].out
    assert _SECRET not in _told(*told)


def test_the_trash_shows_no_control_characters(shop: Shell) -> None:
    stray = _add(shop, 1, "Evil \x1b[2J\u202e")
    shop("--emulator", "cleanup", "plan", stray, "-o", "p.json")
    assert shop("--emulator", "apply", "p.json", "--allow-deletes", "1").code == 0
    listed = shop("trash", "list").out
    assert "\x1b" not in listed
    assert "\u202e" not in listed


@pytest.mark.parametrize("command", ["show", "restore"])
def test_what_is_not_in_the_trash_or_not_clear_is_told(shop: Shell, command: str) -> None:
    _delete(shop)
    nowhere = shop("--emulator", "trash", command, "nowhere")
    assert (nowhere.code, nowhere.out) == (1, "")
    assert "Not in the trash" in nowhere.err
    _delete(shop, "b")
    assert "More than one" in shop("--emulator", "trash", command, "").err


def test_a_backup_that_cannot_be_read_is_an_error_and_left_as_it_is(shop: Shell) -> None:
    _delete(shop)
    (path,) = (shop.folder / "state" / "default.trash").glob("*.json")
    path.write_text("{")
    listed = shop("trash", "list")
    assert (listed.code, listed.out) == (1, "")
    assert str(path) in listed.err
    assert path.read_text() == "{"


def test_a_restore_by_default_brings_back_all_of_it(shop: Shell) -> None:
    _link(shop, _live(shop)["Agent a"])
    definition = shop.read("assistants/a.yaml")
    old = _delete(shop, "a", "--detach", "assistant.a")
    assert _linked_to(shop) is None
    shop.write("assistants/a.yaml", definition)
    shown = shop("--emulator", "trash", "restore", old, "--dry-run")
    assert shown.code == 0
    assert "Agent a" not in _live(shop)
    done = shop("--emulator", "trash", "restore", old, "--auto-approve")
    assert done.code == 0, done.err
    assert "1 created, 1 updated" in done.out
    new = _live(shop)["Agent a"]
    assert _linked_to(shop) == new != old
    assert f"restored as {new}" in shop("trash", "list").out
    assert "No changes. 4 owned" in shop("--emulator", "plan").out
    with _store(shop) as connection:
        assert _SECRET in str(connection.execute("SELECT body FROM assistant").fetchall())
    again = shop("--emulator", "trash", "restore", old, "--auto-approve")
    assert (again.code, len(_live(shop))) == (0, 4)
    assert _SECRET not in _told(shown, done, again)


def test_a_restore_without_a_definition_writes_one(shop: Shell) -> None:
    old = _delete(shop)
    done = shop("--emulator", "trash", "restore", old, "--auto-approve")
    assert done.code == 0, done.err
    assert "Agent a" in shop.read("assistants/a.yaml")
    assert "No changes. 4 owned" in shop("--emulator", "plan").out
    assert _SECRET not in _told(done) + shop.read("assistants/a.yaml")


def test_a_lost_secret_the_server_never_showed_is_told(shop: Shell) -> None:
    """It hides its own from every answer, and tells only that there is one."""
    old = _delete(shop)
    assert json.loads(shop("trash", "show", old).out)["secrets"] == ["/server/secret"]
    done = shop("--emulator", "trash", "restore", old, "--auto-approve")
    assert "the secret at `server.secret` is lost" in done.out


def test_a_restore_as_another_address(shop: Shell) -> None:
    old = _delete(shop, "b")
    done = shop("--emulator", "trash", "restore", old, "--as", "assistant.z", "--auto-approve")
    assert done.code == 0, done.err
    assert (shop.folder / "assistants" / "z.yaml").exists()
    assert "assistant.z" in shop("state", "list").out
    assert "No changes. 4 owned" in shop("--emulator", "plan").out


def test_an_address_that_is_owned_is_refused(shop: Shell) -> None:
    old = _delete(shop, "b")
    refused = shop("--emulator", "trash", "restore", old, "--as", "assistant.c", "--auto-approve")
    assert (refused.code, len(_live(shop))) == (3, 3)
    assert "owned" in refused.err


def test_a_restore_nobody_agreed_to_leaves_everything_as_it_was(shop: Shell) -> None:
    """A definition left behind would be made by the next apply, which is no restore."""
    old = _delete(shop, "b")
    refused = shop("--emulator", "trash", "restore", old)
    assert (refused.code, len(_live(shop))) == (3, 3)
    assert not (shop.folder / "assistants" / "b.yaml").exists()


def test_a_refused_restore_leaves_no_definition(shop: Shell) -> None:
    old = _delete(shop, "b")
    shop.write("assistants/b.yaml", _definition("b"))
    shop("--emulator", "apply", "--auto-approve")
    (shop.folder / "assistants" / "b.yaml").unlink()
    refused = shop("--emulator", "trash", "restore", old, "--auto-approve")
    assert refused.code == 3
    assert not (shop.folder / "assistants" / "b.yaml").exists()


def test_a_dry_run_writes_nothing(shop: Shell) -> None:
    old = _delete(shop, "b")
    before = sorted(str(path) for path in shop.folder.rglob("*.yaml"))
    shown = shop("--emulator", "trash", "restore", old, "--dry-run")
    assert shown.code == 0
    assert "1 to create" in shown.out
    assert sorted(str(path) for path in shop.folder.rglob("*.yaml")) == before


def test_a_field_may_be_left_out_for_good(shop: Shell) -> None:
    shop.write("assistants/b.yaml", _definition("b") + "firstMessage: Hello\n")
    shop("--emulator", "apply", "--auto-approve")
    old = _delete(shop, "b")
    done = shop(
        "--emulator", "trash", "restore", old, "--without", "firstMessage", "--auto-approve"
    )
    assert done.code == 0, done.err
    assert "firstMessage" not in shop.read("assistants/b.yaml")
    assert "No changes" in shop("--emulator", "plan").out


def test_a_refused_field_is_left_out_by_the_second_try(shop: Shell) -> None:
    server = StandIn()
    (shop.folder / "state" / "default.json").unlink()
    shop.write("assistants/b.yaml", _definition("b") + "firstMessage: Hello\n")
    with serve_on_loopback(server.app) as url:
        shop.set({"VAPI_API_KEY": "k", "VAPI_BASE_URL": url})
        assert shop("apply", "--auto-approve").code == 0
        old = next(each for each, one in server.objects.items() if one["name"] == "Agent b")
        (shop.folder / "assistants" / "b.yaml").unlink()
        assert shop("apply", "--auto-approve", "--allow-deletes", "1").code == 0
        server.fail("POST", "/assistant", status(400, ["firstMessage should not exist"]))
        refused = shop("trash", "restore", old, "--auto-approve")
        assert (refused.code, "--without FIELD" in refused.err) == (6, True)
        again = shop("trash", "restore", old, "--without", "firstMessage", "--auto-approve")
        assert again.code == 0, again.err
        assert len(server.objects) == 4
        assert "No changes. 4 owned" in shop("plan").out


def test_one_that_was_never_ours_needs_an_address(shop: Shell) -> None:
    stray = _add(shop, 1, "Old one")
    shop("--emulator", "cleanup", "plan", stray, "-o", "p.json")
    shop("--emulator", "apply", "p.json", "--allow-deletes", "1")
    refused = shop("--emulator", "trash", "restore", stray, "--auto-approve")
    assert refused.code == 64
    assert "--as assistant.KEY" in refused.err
    done = shop("--emulator", "trash", "restore", stray, "--as", "assistant.old", "--auto-approve")
    assert done.code == 0, done.err
    assert "Old one" in _live(shop)
    assert "No changes. 5 owned" in shop("--emulator", "plan").out


def test_a_purge_removes_what_is_old_and_only_with_consent(
    shop: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    _delete(shop, "b")
    _later(monkeypatch, days=80)
    young = _delete(shop, "c")
    _later(monkeypatch, days=91)
    refused = shop("trash", "purge", "--older-than", "90d")
    assert (refused.code, refused.out) == (64, "")
    assert "Nobody consented" in refused.err
    assert len(shop("trash", "list").out.splitlines()) == 2
    purged = shop("trash", "purge", "--older-than", "90d", "--auto-approve")
    assert (purged.code, purged.out) == (0, "Removed 1 backups.\n")
    assert young in shop("trash", "list").out
    assert shop("trash", "purge", "--older-than", "90d").out == "Removed 0 backups.\n"


@pytest.mark.parametrize(
    "argv",
    [
        ("trash",),
        ("trash", "burn"),
        ("trash", "show"),
        ("trash", "restore"),
        ("trash", "purge"),
        ("trash", "purge", "--older-than", "soon"),
        ("trash", "list", "--format", "csv"),
        ("cleanup",),
        ("cleanup", "plan"),
        ("cleanup", "list", "--format", "xml"),
        ("cleanup", "list", "--sort", "beauty"),
        ("cleanup", "list", "--older-than", "-3d"),
        ("cleanup", "plan", "--ignore-unreadable", "nonsense", "-o", "p.json", "x"),
        ("state", "rebuild", "assistant.a"),
    ],
)
def test_a_bad_command_line_is_64_and_does_nothing(shop: Shell, argv: tuple[str, ...]) -> None:
    ended = shop("--emulator", *argv)
    assert (ended.code, ended.out) == (64, "")
    assert len(_live(shop)) == 4


def _strays(shop: Shell) -> None:
    _add(shop, 1, "Old one")
    _add(shop, 2, '=HYPERLINK("https://evil.example")', days=60)
    _add(shop, 3, "Fresh", days=0)
    _link(shop, _add(shop, 4, "Linked"))
    _add(shop, 5, "Hook", server={"url": "https://a.example", "secret": _SECRET})


def test_candidates_are_listed_for_people(shop: Shell) -> None:
    _strays(shop)
    listed = shop("--emulator", "cleanup", "list")
    assert listed.code == 0
    assert "5 assistants that no state owns: 1 in use, 1 recent, 3 stale." in listed.out
    assert 'used by phone-number "Line"' in listed.out
    assert "Agent a" not in listed.out
    assert "5 assistants no state owns; reading" in listed.err
    assert _SECRET not in _told(listed)


def test_candidates_are_listed_as_json(shop: Shell) -> None:
    _strays(shop)
    listed = shop("--emulator", "cleanup", "list", "--format", "json", "--name", "Old*")
    (candidate,) = json.loads(listed.out)["candidates"]
    assert (candidate["id"], candidate["verdict"]) == (f"{_STRAY}1", "stale")
    assert candidate["reasons"][0] == "nothing refers to it"
    assert candidate["created_at"].startswith("2026-08-23")


def test_no_cell_of_the_csv_is_a_formula(shop: Shell) -> None:
    _strays(shop)
    for number, start in enumerate("+-@\t", start=6):
        _add(shop, number, f"{start}SUM(1,2)\nnext")
    listed = shop("--emulator", "cleanup", "list", "--format", "csv", "--sort", "created")
    rows = list(csv.DictReader(io.StringIO(listed.out)))
    assert len(rows) == 9
    assert "HYPERLINK" in listed.out
    for row in rows:
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row.values())
        assert not any("\n" in cell for cell in row.values())
    assert _SECRET not in _told(listed)


@pytest.mark.parametrize(
    ("flags", "numbers"),
    [
        ((), "12345"),
        (("--older-than", "80d"), "145"),
        (("--unused-for", "1d"), "12345"),
        (("--unreferenced",), "1235"),
        (("--name", "*k*"), "45"),
    ],
)
def test_filters_leave_others_out(shop: Shell, flags: tuple[str, ...], numbers: str) -> None:
    _strays(shop)
    listed = shop("--emulator", "cleanup", "list", "--format", "json", *flags)
    found = {each["id"][-1] for each in json.loads(listed.out)["candidates"]}
    assert found == set(numbers)


def test_a_clean_up_deletes_exactly_what_was_planned_by_exact_count(shop: Shell) -> None:
    _strays(shop)
    planned = shop("--emulator", "cleanup", "plan", "-o", "p.json", "--older-than", "80d")
    assert planned.code == 0, planned.err
    assert "2 to delete" in planned.out
    assert shop("--emulator", "apply", "p.json").code == 3
    assert shop("--emulator", "apply", "p.json", "--allow-deletes", "1").code == 3
    assert shop("--emulator", "apply", "p.json", "--auto-approve").code == 3
    assert len(_live(shop)) == 9
    done = shop("--emulator", "apply", "p.json", "--allow-deletes", "2")
    assert done.code == 0, done.err
    left = _live(shop)
    assert (len(left), "Old one" in left, "Hook" in left, "Linked" in left) == (
        7,
        False,
        False,
        True,
    )
    trash = json.loads(shop("trash", "list", "--format", "json").out)["trash"]
    assert {each["id"] for each in trash} == {f"{_STRAY}1", f"{_STRAY}5"}
    assert "No changes. 4 owned" in shop("--emulator", "plan").out
    assert _SECRET not in _told(planned, done) + shop.read("p.json")


def test_a_saved_clean_up_is_stale_once_it_was_edited(shop: Shell) -> None:
    stray = _add(shop, 1, "Old one")
    shop("--emulator", "cleanup", "plan", stray, "-o", "p.json")
    with _store(shop) as connection:
        connection.execute(
            "UPDATE assistant SET body = ?, updated_ms = updated_ms + 5 WHERE id = ?",
            (json.dumps({"name": "Needed"}), stray),
        )
    assert shop("--emulator", "apply", "p.json", "--allow-deletes", "1").code == 4
    assert "Needed" in _live(shop)


def test_a_clean_up_of_nothing_writes_no_plan(shop: Shell) -> None:
    nothing = shop("--emulator", "cleanup", "plan", "-o", "p.json")
    assert nothing.code == 64
    assert not (shop.folder / "p.json").exists()
    expired = shop("--emulator", "cleanup", "plan", "--expired", "-o", "p.json")
    assert expired.code == 64


def test_a_clean_up_by_id_leaves_owned_ones_alone(shop: Shell) -> None:
    owned = _live(shop)["Agent b"]
    shop("--emulator", "cleanup", "plan", owned, "-o", "p.json")
    assert shop("--emulator", "apply", "p.json", "--allow-deletes", "1").code == 3
    assert len(_live(shop)) == 4


def test_what_was_set_aside_long_enough_is_deleted(
    shop: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.write("assistants/b.yaml", _definition("b") + "lifecycle: {on_delete: quarantine}\n")
    shop("--emulator", "apply", "--auto-approve")
    (shop.folder / "assistants" / "b.yaml").unlink()
    assert shop("--emulator", "apply", "--auto-approve").code == 0
    assert "zz-quarantined Agent b" in _live(shop)
    _later(monkeypatch, days=13)
    assert shop("--emulator", "cleanup", "plan", "--expired", "-o", "p.json").code == 64
    _later(monkeypatch, days=15)
    assert shop("--emulator", "cleanup", "plan", "--expired", "-o", "p.json").code == 0
    done = shop("--emulator", "apply", "p.json", "--allow-deletes", "1")
    assert done.code == 0, done.err
    assert sorted(_live(shop)) == ["Agent a", "Agent c", "Agent d"]


def test_a_stray_is_set_aside_first_and_comes_back_under_its_name(
    shop: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    stray = _add(shop, 1, "Old one")
    planned = shop("--emulator", "cleanup", "plan", "--quarantine", "-o", "p.json")
    assert planned.code == 0, planned.err
    done = shop("--emulator", "apply", "p.json")
    assert done.code == 0, done.err
    assert _live(shop)["zz-quarantined Old one"] == stray
    assert "No changes" in shop("--emulator", "plan").out
    _later(monkeypatch, days=15)
    assert shop("--emulator", "cleanup", "plan", "--expired", "-o", "p.json").code == 0
    assert shop("--emulator", "apply", "p.json", "--allow-deletes", "1").code == 0
    assert len(_live(shop)) == 4
    again = shop("--emulator", "trash", "restore", stray, "--as", "assistant.old", "--auto-approve")
    assert again.code == 0, again.err
    assert "Old one" in _live(shop)
    assert "No changes. 5 owned" in shop("--emulator", "plan").out


def test_a_clean_up_is_planned_as_json_too(shop: Shell) -> None:
    stray = _add(shop, 1, "Old one")
    planned = shop("--emulator", "cleanup", "plan", "-o", "p.json", "--format", "json")
    document = json.loads(planned.out)
    assert [each["id"] for each in document["resource_changes"]] == [stray]
    # The file says when it was made; what is printed is the same, whenever.
    assert document == {**json.loads(shop.read("p.json")), "envelope": None}
    assert "unmanaged." in shop("show", "p.json").out


def test_state_that_agrees_is_verified(shop: Shell) -> None:
    assert shop("--emulator", "state", "verify").out == "State and live agree.\n"
    document = json.loads(shop("--emulator", "state", "verify", "--format", "json").out)
    assert document == {"format_version": "1.0", "disagreements": []}


def test_state_that_does_not_agree_ends_with_1(shop: Shell) -> None:
    gone = _live(shop)["Agent b"]
    with _store(shop) as connection:
        connection.execute("DELETE FROM assistant WHERE id = ?", (gone,))
    told = shop("--emulator", "state", "verify")
    assert (told.code, told.out) == (1, f"assistant.b: {gone} is gone from the server\n")
    document = shop("--emulator", "state", "verify", "--format", "json")
    assert document.code == 1
    assert len(json.loads(document.out)["disagreements"]) == 1


def test_a_lost_state_is_made_again(shop: Shell) -> None:
    assert shop("--emulator", "state", "rebuild").code == 1
    state = shop.folder / "state" / "default.json"
    before = json.loads(state.read_text())
    state.unlink()
    assert shop("--emulator", "state", "verify").code == 1
    rebuilt = shop("--emulator", "state", "rebuild")
    assert rebuilt.code == 0, rebuilt.err
    assert rebuilt.out.endswith("Rebuilt: 4 owned. `plan` shows what differs.\n")
    after = json.loads(state.read_text())
    assert after["lineage"] == before["lineage"]
    assert after["owned"].keys() == before["owned"].keys()
    # A secret nobody can see may be another one by now: it alone is sent again.
    assert "0 to create, 1 to update, 0 to delete" in shop("--emulator", "plan").out
    assert shop("--emulator", "state", "verify").code == 0
    assert shop("--emulator", "apply", "--auto-approve").code == 0
    assert "No changes. 4 owned" in shop("--emulator", "plan").out
    assert _SECRET not in _told(rebuilt) + state.read_text()
    _delete(shop, "b")
    assert len(_live(shop)) == 3


def test_nothing_to_rebuild_from_is_told(shell: Shell) -> None:
    shell.write("assistants-sync.yaml", "project: shop\n")
    (shell.folder / "assistants").mkdir()
    told = shell("--emulator", "state", "rebuild")
    assert (told.code, told.out) == (1, "")
    assert "markers of 0 states" in told.err
    assert not (shell.folder / "state" / "default.json").exists()


def test_times_in_the_list_are_those_of_the_server(shop: Shell) -> None:
    _add(shop, 1, "Old one", days=90)
    listed = json.loads(shop("--emulator", "cleanup", "list", "--format", "json").out)
    (candidate,) = listed["candidates"]
    made = datetime.fromisoformat(candidate["created_at"])
    assert made.astimezone(UTC) == _NOW - timedelta(days=90)
