"""Objects in a bucket, written on condition only: the door to object stores, through obstore.

One class for S3 and what speaks like it, Google Cloud Storage and Azure Blob Storage. A conditional
write is sent once; when its reply is lost, the object is read and compared, so what is written must
tell its writer.

obstore is called from threads, not through its coroutines: those end in a thread of its own that
calls Python, and a process that exits in that moment is aborted (one in four runs of a script that
reads one object, obstore 0.12.1, 2026-11-21).

Credentials are found the way each vendor's own tools find them.
"""

import asyncio
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeAlias

import obstore
from obstore import exceptions

from assistants_sync.errors import StateError

if TYPE_CHECKING:
    # obstore has these names for type checkers alone.
    from obstore import ObjectMeta, PutMode, PutResult, UpdateVersion
    from obstore.store import ObjectStore

    Version: TypeAlias = UpdateVersion
    """What a store calls one version of an object: its ETag, its generation, or both."""

_READ_RETRIES: Final = 5
_LONGEST_MESSAGE: Final = 300
_ABSENT: Final = (exceptions.NotFoundError, FileNotFoundError)
_TAKEN: Final = (exceptions.AlreadyExistsError, exceptions.PreconditionError, FileExistsError)


@dataclass(frozen=True, slots=True)
class Blob:
    """One object as it was read; `modified` is the store's clock."""

    data: bytes
    version: "Version"
    modified: datetime


class Bucket:
    """The objects below one folder of a bucket; names are relative to it."""

    def __init__(self, where: str, connect: Callable[[int], "ObjectStore"]) -> None:
        """`connect` opens the folder with so many retries of a request."""
        self.where = where
        try:
            # Two doors: what only reads may be repeated, a conditional write may not.
            self._reader, self._writer = connect(_READ_RETRIES), connect(0)
        except (exceptions.BaseError, ValueError) as error:
            raise self._failed("opened", error) from error

    async def read(self, name: str) -> Blob | None:
        """Give an object; None when there is none.

        Raises:
            StateError: the store did not answer, or refused.
        """
        try:
            found = await asyncio.to_thread(obstore.get, self._reader, name)
            data = bytes(await asyncio.to_thread(found.bytes))
        except _ABSENT:
            return None
        except exceptions.BaseError as error:
            raise self._failed("read", error) from error
        return Blob(data, _version(found.meta), found.meta["last_modified"])

    async def version(self, name: str) -> "Version | None":
        """Give which version of an object is there; None when there is none.

        Raises:
            StateError: the store did not answer, or refused.
        """
        try:
            return _version(await asyncio.to_thread(obstore.head, self._reader, name))
        except _ABSENT:
            return None
        except exceptions.BaseError as error:
            raise self._failed("read", error) from error

    async def write(self, name: str, data: bytes) -> "Version":
        """Write an object, whatever is there.

        Raises:
            StateError: it may not be there.
        """
        try:
            return _version(await asyncio.to_thread(obstore.put, self._reader, name, data))
        except exceptions.BaseError as error:
            raise self._failed("written", error) from error

    async def create(self, name: str, data: bytes) -> "Version | None":
        """Write an object that is not there yet; None when there is one.

        Raises:
            StateError: it may or may not be there.
        """
        return await self._put(name, data, "create")

    async def replace(self, name: str, data: bytes, old: "Version") -> "Version | None":
        """Write an object in place of one version of it; None when that is not the one there.

        Raises:
            StateError: the old or the new one is there.
        """
        return await self._put(name, data, old)

    async def names(self, prefix: str) -> list[str]:
        """Give the names below a prefix, in order.

        Raises:
            StateError: the store did not answer, refused, or there is no such bucket.
        """
        try:
            listed = await asyncio.to_thread(obstore.list(self._reader, prefix).collect)
        except (exceptions.BaseError, FileNotFoundError) as error:
            raise self._failed("listed", error) from error
        return sorted(each["path"] for each in listed)

    async def remove(self, names: Iterable[str]) -> None:
        """Remove objects that are there.

        Raises:
            StateError: one of them may still be there.
        """
        try:
            await asyncio.to_thread(obstore.delete, self._reader, list(names))
        except _ABSENT:
            return
        except exceptions.BaseError as error:
            raise self._failed("removed", error) from error

    async def _put(self, name: str, data: bytes, mode: "PutMode") -> "Version | None":
        try:
            put = await asyncio.to_thread(
                obstore.put, self._writer, name, data, mode=mode, use_multipart=False
            )
        except _TAKEN:
            return None
        except (exceptions.BaseError, OSError) as error:
            there = await self.read(name)
            if there is not None and there.data == data:
                return there.version
            if there is not None and (mode == "create" or there.version != mode):
                return None
            raise self._failed("written", error) from error
        return _version(put)

    def _failed(self, verb: str, error: Exception) -> StateError:
        return StateError(
            "The bucket did not do what we asked",
            f"{self.where}: it could not be {verb}: {_said(error)}",
            hint="check its name, the credentials in the environment and the network",
        )


def _version(told: "ObjectMeta | PutResult") -> "Version":
    """A key that a store does not use is left out: obstore takes no None there."""
    version: Version = {}
    if told["e_tag"] is not None:
        version["e_tag"] = told["e_tag"]
    if told["version"] is not None:
        version["version"] = told["version"]
    return version


def _said(error: Exception) -> str:
    """Give the first line of what a store said, without queries: a signed URL bears a secret.

    A refusal ends in a document whose code and message say more than the status before it.
    """
    whole = str(error).strip()
    first = (whole.partition("<?xml")[0].splitlines() or [type(error).__name__])[0]
    told = re.findall(r"<(?:Code|Message)>([^<]*)<", whole)
    plain = re.sub(r"\?[^\s\"')]*", "", first).strip().removesuffix(":")
    return ": ".join([plain, *told])[:_LONGEST_MESSAGE]
