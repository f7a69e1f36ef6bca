"""Where a server of the Terraform HTTP protocol is asked what, and as whom.

The project file may name addresses, so a pull request may: a login only travels to hosts that
somebody named outside the repository.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from assistants_sync.errors import AccessError, UsageError
from assistants_sync.model.project import HttpState
from assistants_sync.state.hosts import is_loopback

# Source: GitLab's API /projects/:id/terraform/state/:name, and Gitea's documentation of
# /api/packages/{owner}/terraform/state/{name} (both read 2026-11-21): both lock by POST to /lock.
_FORGE: Final = re.compile(r"/api/(v4/projects|packages)/[^/]+/terraform/state/[^/]+/?$")
# Source: https://developer.hashicorp.com/terraform/language/backend/http (read 2026-11-21).
_TERRAFORMS: Final = ("TF_HTTP_ADDRESS", "TF_HTTP_LOCK_ADDRESS", "TF_HTTP_UNLOCK_ADDRESS")


@dataclass(frozen=True, slots=True)
class Door:
    """Where one document is, and where its lock is taken and given back."""

    document: str
    lock: str
    unlock: str


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where and how to ask. No URL holds a login; `user` and `password` never show in a repr.

    `journal` is where the newest part is written; None: everything is in the state's own document.
    """

    state: str
    lock: str
    unlock: str
    lock_method: str = "LOCK"
    unlock_method: str = "UNLOCK"
    update_method: str = "POST"
    user: str | None = field(default=None, repr=False)
    password: str = field(default="", repr=False)
    journal: Door | None = None

    @property
    def doors(self) -> tuple[Door, ...]:
        """Every address of this state, the state's own first."""
        own = Door(self.state, self.lock, self.unlock)
        return (own,) if self.journal is None else (own, self.journal)

    @property
    def shown(self) -> str:
        """The state's place for messages."""
        return without_query(self.state)

    @property
    def journal_name(self) -> str | None:
        """What the state calls its journal: a name, where it is one beside the state's own.

        So it is the same journal, at whichever address the server is reached.
        """
        if self.journal is None:
            return None
        shown = without_query(self.journal.document)
        folder, _, name = shown.rpartition("/")
        return name if folder == self.shown.rpartition("/")[0] else shown


def find_addresses(
    url: str,
    said: HttpState,
    environ: Mapping[str, str],
    allowed_hosts: frozenset[str],
    *,
    is_trusted: bool = False,
) -> Addresses:
    """Give the addresses: as the project file says, else Terraform's variables, else the server.

    `is_trusted` says that the URL comes from whoever runs us, and not from the repository.

    Raises:
        UsageError: one of them is no URL, or half a login is there.
        AccessError: a login may not travel there.
    """
    parts = _split(url)
    state = _bare(parts)
    # Another address there is of Terraform's own state: its lock would be the wrong one.
    theirs = environ if environ.get("TF_HTTP_ADDRESS", state).rstrip("/") == state else {}
    is_forge = _is_forge(parts)
    lock = said.lock_url or theirs.get("TF_HTTP_LOCK_ADDRESS") or _lock_of(parts)
    unlock = said.unlock_url or theirs.get("TF_HTTP_UNLOCK_ADDRESS") or lock
    journal = _journal_of(parts, said)
    named = _named_hosts(environ) | allowed_hosts | ({_netloc(parts)} if is_trusted else set())
    for address in (state, lock, unlock, *([journal.document] if journal else [])):
        _check(_split(address), named)
    user, password = _login(parts, environ)
    return Addresses(
        state,
        _bare(_split(lock)),
        _bare(_split(unlock)),
        said.lock_method or theirs.get("TF_HTTP_LOCK_METHOD") or ("POST" if is_forge else "LOCK"),
        said.unlock_method
        or theirs.get("TF_HTTP_UNLOCK_METHOD")
        or ("DELETE" if is_forge else "UNLOCK"),
        said.update_method or theirs.get("TF_HTTP_UPDATE_METHOD") or "POST",
        user,
        password,
        journal,
    )


def without_query(url: str) -> str:
    """Give an address for messages: its query may bear a secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def numbered(journal: Door, number: int) -> Door:
    """Give the address beside a journal's, for a part of it that was put away."""
    parts = urlsplit(journal.document)
    return _door(parts._replace(path=f"{parts.path}-{number}"))


def _is_forge(parts: SplitResult) -> bool:
    return _FORGE.search(parts.path) is not None


def _lock_of(parts: SplitResult) -> str:
    """Give where the lock of a document is, unless somebody says otherwise."""
    return _bare(parts._replace(path=f"{parts.path}/lock") if _is_forge(parts) else parts)


def _journal_of(parts: SplitResult, said: HttpState) -> Door | None:
    """Give where the journal is: on a forge beside the state, elsewhere where the project says."""
    if said.journal_url is not None:
        journal = _split(said.journal_url)
    elif _is_forge(parts):
        journal = parts._replace(path=f"{parts.path}-journal")
    else:
        return None
    if _bare(journal) == _bare(parts):
        return None
    return _door(journal)


def _door(parts: SplitResult) -> Door:
    return Door(_bare(parts), _lock_of(parts), _lock_of(parts))


def _login(parts: SplitResult, environ: Mapping[str, str]) -> tuple[str | None, str]:
    user = environ.get("TF_HTTP_USERNAME")
    password = environ.get("TF_HTTP_PASSWORD")
    if user or password:
        if not user:
            raise UsageError(
                "Half a login for the state",
                "TF_HTTP_PASSWORD is set, TF_HTTP_USERNAME is not",
                hint="set both, as for Terraform",
            )
        return user, password or ""
    if parts.username:
        return unquote(parts.username), unquote(parts.password or "")
    token = environ.get("CI_JOB_TOKEN")
    if token and _is(parts, environ.get("CI_SERVER_HOST", "")):
        # Source: https://docs.gitlab.com/user/infrastructure/iac/terraform_state (2026-11-21).
        return "gitlab-ci-token", token
    return None, ""


def _split(url: str) -> SplitResult:
    # Not shown, nor is why it does not parse: it may hold a password.
    unusable = UsageError(
        "The state's URL cannot be used", "write https://host/path", hint="see `state.url`"
    )
    try:
        parts = urlsplit(url)
        # A port that is no number is only noticed when it is asked for.
        port = parts.port
    except ValueError:
        raise unusable from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise unusable
    return parts._replace(path=parts.path.rstrip("/"), fragment="")


def _netloc(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2].lower()


def _bare(parts: SplitResult) -> str:
    return urlunsplit(parts._replace(netloc=_netloc(parts)))


def _named_hosts(environ: Mapping[str, str]) -> frozenset[str]:
    """Give the hosts, with their ports, that the environment names."""
    urls = [environ[name] for name in _TERRAFORMS if environ.get(name)]
    hosts = {_netloc(urlsplit(url)) for url in urls}
    return frozenset({*hosts, environ.get("CI_SERVER_HOST", "").lower()} - {""})


def _is(parts: SplitResult, host: str) -> bool:
    return host.lower() in {_netloc(parts), parts.hostname}


def _check(parts: SplitResult, named: frozenset[str]) -> None:
    host = parts.hostname or ""
    if is_loopback(host):
        return
    if not any(_is(parts, each) for each in named):
        raise AccessError(
            "The state's login may not be sent to this host",
            f"{_netloc(parts)} is named by the project file alone",
            hint=f"if it is meant: --allow-host {_netloc(parts)}, or "
            f"ASSISTANTS_SYNC_ALLOW_HOST={_netloc(parts)}",
        )
    if parts.scheme == "http":
        raise AccessError(
            "State without encryption",
            f"http://{host} would show credentials to whoever is on the way",
            hint="use https",
        )
