"""Where a key may travel: to Vapi over https, to this machine, or to a host the user allowed.

A base URL can come from a file in the repository, and so from a pull request; the hosts that are
allowed never do.
"""

import ipaddress
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from assistants_sync.errors import UsageError
from assistants_sync.model.value import Secret

_VAPI: Final = "vapi.ai"
_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A checked base URL without a slash at its end, its key, and the bound of one request."""

    base_url: str
    token: Secret
    timeout_seconds: float = 60.0

    @property
    def is_loopback(self) -> bool:
        """Whether the server is on this machine."""
        return is_loopback(urlsplit(self.base_url).hostname or "")


def check_endpoint(base_url: str, allowed_hosts: frozenset[str] = frozenset()) -> str:
    """Give the base URL in its plain form, if a key may go there.

    `allowed_hosts` are hosts, or `host:port`, that the user named outside the repository.

    Raises:
        UsageError: it is no http(s) URL, or its host is not one a key may go to.
    """
    try:
        parts = urlsplit(base_url)
        port = parts.port
    except ValueError as error:
        raise _bad(base_url, "it does not parse") from error
    host = (parts.hostname or "").lower()
    _check_form(base_url, parts, host)
    shown = f"[{host}]" if ":" in host else host
    netloc = shown if port is None else f"{shown}:{port}"
    is_named = host in allowed_hosts or netloc in allowed_hosts
    if not (is_loopback(host) or is_named or host == _VAPI or host.endswith(f".{_VAPI}")):
        raise UsageError(
            "The key may not be sent to this host",
            f"{netloc} is neither *.{_VAPI} nor this machine",
            hint=f"if it is meant: --allow-host {netloc}, or ASSISTANTS_SYNC_ALLOW_HOST={netloc}",
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise _bad(base_url, "a key only travels over https")
    return f"{parts.scheme}://{netloc}{parts.path.rstrip('/')}"


def _check_form(base_url: str, parts: SplitResult, host: str) -> None:
    if parts.scheme not in {"http", "https"}:
        raise _bad(base_url, "write http:// or https://")
    if "@" in parts.netloc or "\\" in base_url or parts.query or parts.fragment:
        # Not shown: what stands before an @ may be a password.
        raise UsageError(
            "The base URL cannot be used", "it may hold no user, password, query or fragment"
        )
    if not (_HOST.fullmatch(host) or is_loopback(host)):
        raise _bad(base_url, "it names no host")


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bad(base_url: str, why: str) -> UsageError:
    return UsageError(
        "The base URL cannot be used",
        f"{base_url}: {why}",
        hint="set VAPI_BASE_URL, or `api.base_url` in the project file; the default is "
        "https://api.vapi.ai",
    )
