"""The deletion contract as a journey on the emulator: blocked, waited for, done, and taken back.

`make demo-delete` copies examples/quickstart to state/demo-delete and runs this on it.
"""

import asyncio
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import httpx
from demo import run, say

from assistants_sync.emulator.app import create_app
from assistants_sync.emulator.store import Store

CALL_SECONDS = 4.0


class Dashboard:
    """The other side of the server: what a colleague, or the telephone network, does there."""

    def __init__(self, project: Path) -> None:
        self._path = project / "state" / "default.emulator.sqlite"

    def send(self, method: str, path: str, body: Mapping[str, object] | None = None) -> object:
        """Send one request past our tool, and give the answer."""
        return asyncio.run(self._send(method, path, body))

    async def _send(self, method: str, path: str, body: Mapping[str, object] | None) -> object:
        with Store(self._path) as store:
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(create_app(store)),
                base_url="http://emulator",
                headers={"Authorization": "Bearer colleague"},
            ) as client:
                answer = await client.request(method, path, json=body)
                answer.raise_for_status()
                return answer.json()

    def id_of(self, path: str, name: str) -> str:
        """Give the id of something by its name."""
        listed = self.send("GET", path)
        assert isinstance(listed, list)
        return next(str(each["id"]) for each in listed if each.get("name") == name)


def main(project: Path) -> None:
    """Try to delete what answers the telephone; then do it properly; then take it back."""
    dashboard = Dashboard(project)

    say("1. Three assistants; the phone number of the shop rings at the front desk")
    run(project, "apply", "--auto-approve")
    desk = dashboard.id_of("/assistant", "Harbor Bikes front desk")
    number = dashboard.send(
        "POST",
        "/phone-number",
        {"provider": "vapi", "name": "Shop", "number": "+14155550100", "assistantId": desk},
    )
    assert isinstance(number, dict)
    print(f"\n(in the dashboard: phone number Shop rings at {desk})")

    say("2. Its definition goes: the plan shows who still needs it, and apply refuses")
    definition = project / "assistants" / "front-desk.yaml"
    kept = definition.read_text()
    print("\n$ rm assistants/front-desk.yaml", flush=True)
    definition.unlink()
    run(project, "apply", "--allow-deletes", "1", expected=3)

    say("3. Unlink the number on purpose. A caller is on the line: wait until they hang up")
    call = dashboard.send("POST", "/call", {"assistantId": desk, "status": "in-progress"})
    assert isinstance(call, dict)
    detach = ("--detach", "assistant.front-desk", "--auto-approve", "--allow-deletes", "1")
    run(project, "apply", *detach, expected=3)
    hang_up = threading.Timer(
        CALL_SECONDS, dashboard.send, ("PATCH", f"/call/{call['id']}", {"status": "ended"})
    )
    hang_up.start()
    run(project, "apply", *detach, "--wait-for-calls", "2m")
    hang_up.join()

    say("4. That was a mistake: bring it back, and point the number to it again")
    run(project, "trash", "list")
    definition.write_text(kept)
    print("\n$ git restore assistants/front-desk.yaml", flush=True)
    run(project, "trash", "restore", desk, "--auto-approve")
    run(project, "plan", "--detailed-exitcode")
    again = dashboard.send("GET", f"/phone-number/{number['id']}")
    assert isinstance(again, dict)
    print(f"\n(in the dashboard: phone number Shop rings at {again['assistantId']})")
    if again["assistantId"] in {None, desk}:
        sys.exit("the demo expected the number to ring at the new one")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
