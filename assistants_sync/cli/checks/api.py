"""The way to the API: a key, an address, an answer, and the clock it bears."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from assistants_sync.cli.looking import look
from assistants_sync.cli.reaching import endpoint_of
from assistants_sync.cli.session import Session
from assistants_sync.errors import SyncError, UsageError
from assistants_sync.model.check import Check, Level
from assistants_sync.model.project import Project
from assistants_sync.vapi.probe import Probe

_SLOW_SECONDS: Final = 60
_WRONG_SECONDS: Final = 900
"""Object stores refuse what is signed by a clock that is this far off.

Source: Amazon S3's error code RequestTimeTooSkewed, 15 minutes (read 2026-11-21).
"""


async def check_api(session: Session, project: Project) -> tuple[Probe | None, list[Check]]:
    """Send one GET, where there is a key to send and a place where it may go."""
    settings = session.settings
    try:
        endpoint = endpoint_of(settings, project.environment)
        found = await look(session, project)
    except SyncError as error:
        what = "address" if isinstance(error, UsageError) else "key"
        first = error.diagnostic
        return None, [Check("fail", what, f"{first.summary}: {first.detail}", first.hint)]
    address = "the emulator, in this process" if settings.use_emulator else endpoint.base_url
    key = "the emulator's" if settings.use_emulator else f"{endpoint.token.name} is set"
    answered = _answered(found, address, session.clock.now())
    return found, [Check("ok", "key", key), *answered]


def _answered(found: Probe, address: str, now: datetime) -> Iterator[Check]:
    if found.unreachable is not None:
        hint = "check the network, HTTPS_PROXY, and the base URL"
        yield Check("fail", "reachable", f"{address}: {found.unreachable}", hint)
        return
    yield Check("ok", "reachable", address)
    if found.refused is not None:
        first = found.refused.diagnostic
        yield Check("fail", "key accepted", f"{first.summary}: {first.detail}", first.hint)
    else:
        yield Check("ok", "key accepted", "GET /assistant was answered")
    yield _clock(found.server_time, now)


def _clock(server: datetime | None, now: datetime) -> Check:
    if server is None:
        return Check("warn", "clock", "the server does not tell its time", hint=None)
    seconds = round((now - server).total_seconds())
    told = f"{abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'} the server's"
    if abs(seconds) <= _SLOW_SECONDS:
        return Check("ok", "clock", told)
    level: Level = "fail" if abs(seconds) > _WRONG_SECONDS else "warn"
    return Check(level, "clock", told, hint="set this machine's clock: use NTP")


def check_organisation(
    found: Probe | None, pinned: str | None, remembered: str | None
) -> Iterator[Check]:
    """Compare whose the key is with the project file (`pinned`) and the state (`remembered`)."""
    what = "organisation"
    if pinned and remembered and pinned != remembered:
        detail = f"the project file says {pinned}, the state {remembered}"
        yield Check("fail", what, detail, hint="one of the two is another environment's")
    if found is None or found.refused or found.unreachable:
        yield Check("warn", what, "not seen: there was no answer")
    elif found.org_id is None:
        told = "the list is empty, so it names none" if found.is_empty else "the answer names none"
        yield Check("warn", what, told)
    else:
        yield from _whose(found.org_id, pinned, remembered)


def _whose(seen: str, pinned: str | None, remembered: str | None) -> Iterator[Check]:
    expected = pinned or remembered
    if expected is None:
        hint = f"write `org_id: {seen}` under the environment: another key is refused then"
        yield Check("warn", "organisation", f"{seen}, pinned nowhere", hint)
    elif seen == expected:
        yield Check("ok", "organisation", f"{seen}, as pinned")
    else:
        hint = "this key is of another organisation: nothing here may be done with it"
        yield Check("fail", "organisation", f"the key is of {seen}, pinned is {expected}", hint)
