"""From what a project says of its state to the backend that keeps it.

Addresses of servers come from the project file, those of object stores' endpoints from the
environment alone: whoever may edit a file in the repository must not learn a credential by it.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from assistants_sync.errors import AccessError, UsageError
from assistants_sync.model.exchange import Exchange
from assistants_sync.model.ports import Clock
from assistants_sync.model.project import HttpState
from assistants_sync.state.backend import Backend
from assistants_sync.state.hosts import is_loopback
from assistants_sync.state.local.files import LocalFiles, StatePaths

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

URL_VARIABLE: Final = "ASSISTANTS_SYNC_STATE_URL"
_ENDPOINTS: Final = {
    "s3": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
    "gs": ("GOOGLE_BASE_URL",),
    "az": ("AZURE_STORAGE_ENDPOINT",),
}


@dataclass(frozen=True, slots=True)
class Location:
    """Where one environment's state is: at `url`, else in `folder`.

    A URL is trusted when it comes from whoever runs us, and not from a file of the repository.
    """

    project: str
    environment: str
    folder: Path
    url: str | None = None
    http: HttpState = field(default_factory=HttpState)
    is_trusted: bool = False

    @property
    def shown(self) -> str:
        """The place in words, without a credential."""
        if self.url is None:
            return str(self.folder)
        scheme, _, rest = self.url.partition("://")
        return f"{scheme}://{rest.rpartition('@')[2].partition('?')[0]}"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a backend is given of the world. `environ` never shows in a repr.

    `run_id` tells what this run wrote from what others did; `on_exchange` is told of every request.
    """

    clock: Clock
    notify: Callable[[str], None]
    allowed_hosts: frozenset[str] = frozenset()
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    run_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    on_exchange: Callable[[Exchange], None] = lambda _exchange: None


def open_backend(location: Location, around: Surroundings) -> Backend:
    """Open the place; nothing is sent yet.

    Raises:
        UsageError: the URL is none we know, or what it needs is not installed.
        AccessError: it leads to a host that nobody allowed.
        StateError: it cannot be opened.
    """
    if location.url is None:
        return LocalFiles(StatePaths.beside(location.folder, location.environment))
    scheme = location.url.partition("://")[0]
    match scheme:
        case "s3" | "gs" | "az":
            return _open_bucket(location.url, scheme, location.environment, around)
        case "http" | "https":
            return _open_http(location.url, location, around)
        case "postgres" | "postgresql":
            return _open_postgres(location, location.url, around)
        case _:
            raise UsageError(
                "Unknown kind of state",
                f"`{scheme}://` is none of s3://, gs://, az://, postgres://, https://",
            )


def _open_bucket(url: str, scheme: str, environment: str, around: Surroundings) -> Backend:
    try:
        from obstore import store

        from assistants_sync.state.bucket.objects import BucketObjects
        from assistants_sync.state.bucket.store import Bucket
    except ImportError as error:
        extra = {"s3": "s3", "gs": "gcs", "az": "azure"}[scheme]
        raise missing_extra(extra) from error
    named = (around.environ.get(name) for name in _ENDPOINTS[scheme])
    endpoint = next((each for each in named if each), None)
    client: ClientConfig = {
        "timeout": timedelta(seconds=30),
        "connect_timeout": timedelta(seconds=10),
        "allow_http": endpoint is not None and may_be_plain(endpoint, around.allowed_hosts),
    }

    def connect(retries: int) -> "ObjectStore":
        retry: RetryConfig = {"max_retries": retries, "retry_timeout": timedelta(seconds=60)}
        match scheme:
            case "s3" if endpoint:
                return store.S3Store.from_url(
                    url, endpoint=endpoint, client_options=client, retry_config=retry
                )
            case "s3":
                return store.S3Store.from_url(url, client_options=client, retry_config=retry)
            case "gs" if endpoint:
                return store.GCSStore.from_url(
                    url, base_url=endpoint, client_options=client, retry_config=retry
                )
            case "gs":
                return store.GCSStore.from_url(url, client_options=client, retry_config=retry)
            case _ if endpoint:
                return store.AzureStore.from_url(
                    url, endpoint=endpoint, client_options=client, retry_config=retry
                )
            case _:
                return store.AzureStore.from_url(url, client_options=client, retry_config=retry)

    bucket = Bucket(url.rstrip("/"), connect)
    return BucketObjects(bucket, environment, around.clock, around.run_id, around.notify)


def _open_http(url: str, location: Location, around: Surroundings) -> Backend:
    from assistants_sync.state.http.addresses import find_addresses
    from assistants_sync.state.http.exchange import HttpExchange
    from assistants_sync.state.http.lock import HttpLock
    from assistants_sync.state.http.writer import TerraformHttp

    said = location.http
    urls = {
        "lock_url": said.lock_url,
        "unlock_url": said.unlock_url,
        "journal_url": said.journal_url,
    }
    own = {name: _of_environment(each, location) for name, each in urls.items() if each}
    addresses = find_addresses(
        _of_environment(url, location),
        replace(said, **own),
        around.environ,
        around.allowed_hosts,
        is_trusted=location.is_trusted,
    )
    server = HttpExchange(addresses, around.clock, around.on_exchange)
    lock = HttpLock(server, addresses, around.clock, around.notify)
    return TerraformHttp(server, addresses, lock, around.run_id)


def _of_environment(url: str, location: Location) -> str:
    """One address holds one state, so a URL that environments share says where theirs differ."""
    return url.replace("{environment}", quote(location.environment, safe=""))


def _open_postgres(location: Location, url: str, around: Surroundings) -> Backend:
    try:
        from assistants_sync.state.postgres.rows import PostgresRows
        from assistants_sync.state.postgres.server import parse_server
    except ImportError as error:
        raise missing_extra("postgres") from error
    server = parse_server(url, around.environ, around.allowed_hosts, is_trusted=location.is_trusted)
    return PostgresRows(server, location.project, location.environment)


def may_be_plain(url: str, allowed_hosts: frozenset[str]) -> bool:
    """Say whether a server may be spoken to without TLS: on this machine, or where allowed.

    Raises:
        AccessError: it is neither.
    """
    parts = urlsplit(url)
    if parts.scheme != "http":
        return False
    host = parts.hostname or ""
    if host in allowed_hosts or is_loopback(host):
        return True
    raise AccessError(
        "State without encryption",
        f"http://{host} would show credentials to whoever is on the way",
        hint=f"use https, or allow this host: --allow-host {host}",
    )


def missing_extra(extra: str) -> UsageError:
    """Give the error of an install without what a backend needs."""
    return UsageError(
        "This kind of state is not installed",
        "it is an extra of this package",
        hint=f"pip install 'assistants-sync[{extra}]'",
    )
