"""The quick start as a journey on the emulator: every command is run, and its output is real.

`make demo` copies examples/quickstart to state/demo and runs this on it.
"""

import asyncio
import subprocess
import sys
from pathlib import Path

import httpx

from assistants_sync.emulator.app import create_app
from assistants_sync.emulator.store import Store

WIDTH = 78


def say(text: str) -> None:
    """Announce a step of the journey."""
    print(f"\n{'=' * WIDTH}\n{text}\n{'=' * WIDTH}", flush=True)


def run(project: Path, *argv: str, expected: int = 0) -> None:
    """Run one command as a user would; an unexpected exit code ends the demo."""
    print(f"\n$ assistants-sync {' '.join(argv)}", flush=True)
    command = [sys.executable, "-m", "assistants_sync", "--chdir", str(project), "--emulator"]
    code = subprocess.run([*command, *argv], check=False, stdin=subprocess.DEVNULL).returncode
    print(f"(exit {code})", flush=True)
    if code != expected:
        sys.exit(f"the demo expected exit {expected}")


def edit(path: Path, old: str, new: str) -> None:
    """Edit a file of the project."""
    print(f"\n$ sed -i 's/{old}/{new}/' {path.name}", flush=True)
    path.write_text(path.read_text().replace(old, new))


async def edit_in_the_dashboard(project: Path, name: str, **changes: object) -> None:
    """Change an assistant behind our back, as a colleague in the dashboard would."""
    with Store(project / "state" / "default.emulator.sqlite") as store:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(create_app(store)),
            base_url="http://emulator",
            headers={"Authorization": "Bearer colleague"},
        ) as dashboard:
            listed = (await dashboard.get("/assistant")).json()
            remote_id = next(each["id"] for each in listed if each["name"] == name)
            (await dashboard.patch(f"/assistant/{remote_id}", json=changes)).raise_for_status()
    print(f"\n(in the dashboard: {name}: {changes})", flush=True)


def main(project: Path) -> None:
    """Go from nothing to three assistants, through an edit, drift and a deletion."""
    say("1. Check the definitions: no network, no key")
    run(project, "validate")

    say("2. Plan and apply: three assistants that are not there yet")
    run(project, "plan")
    run(project, "apply", "--auto-approve")
    run(project, "plan", "--detailed-exitcode")

    say("3. Edit a prompt: the plan is a diff people read; it is saved, shown, applied once")
    edit(project / "prompts" / "front-desk.txt", "You are Robin", "You are Alex")
    run(project, "plan", "--out", "plan.json")
    run(project, "apply", "plan.json")
    run(project, "apply", "plan.json", expected=4)

    say("4. Somebody edits in the dashboard: drift is seen, and put back")
    asyncio.run(
        edit_in_the_dashboard(
            project, "Harbor Bikes booking", firstMessage="Edited in the dashboard"
        )
    )
    run(project, "drift", "--detailed-exitcode", expected=2)
    run(project, "apply", "--auto-approve")

    say("5. A definition goes: its deletion needs a consent of its own")
    print("\n$ rm assistants/after-hours.md", flush=True)
    (project / "assistants" / "after-hours.md").unlink()
    run(project, "apply", "--auto-approve", expected=3)
    run(project, "apply", "--auto-approve", "--allow-deletes", "1")

    say("6. Nothing is left to do")
    run(project, "plan", "--detailed-exitcode")
    run(project, "state", "list")
    kept = next((project / "state" / "default.trash").iterdir())
    print(f"\nWhat was deleted is kept: {kept}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
