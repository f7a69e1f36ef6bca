"""Names of things: the address a user writes, and the remote id the server gave."""

import re
from typing import NewType

Address = NewType("Address", str)
"""Kind and key, such as `assistant.front-desk`; stable, neither file name nor display name."""

RemoteId = NewType("RemoteId", str)
"""The server's own id of an object."""

KEY = re.compile(r"[a-z0-9][a-z0-9._-]*")


def make_address(kind: str, key: str) -> Address:
    """Give the address of `key` among things of `kind`.

    Raises:
        ValueError: the key is not `[a-z0-9][a-z0-9._-]*`.
    """
    if not KEY.fullmatch(key):
        raise ValueError(f"`{key}` is not a key: use [a-z0-9][a-z0-9._-]*")
    return Address(f"{kind}.{key}")


def parse_address(text: str, kinds: tuple[str, ...]) -> Address:
    """Read an address as a user typed it.

    Raises:
        ValueError: the text is not `kind.key` with one of `kinds`.
    """
    kind, dot, key = text.partition(".")
    if not dot or kind not in kinds:
        raise ValueError(f"`{text}` is not an address: write {kinds[0]}.KEY")
    return make_address(kind, key)


def kind_of(address: Address) -> str:
    """Give the kind, `assistant` of `assistant.front-desk`."""
    return address.partition(".")[0]


def key_of(address: Address) -> str:
    """Give the key, `front-desk` of `assistant.front-desk`."""
    return address.partition(".")[2]
