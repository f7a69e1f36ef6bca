"""Keyed hashes of values: how state remembers what it must not hold.

A value without a secret gets a fast keyed hash. One with a secret gets a slow one (scrypt), since
a short secret could be guessed from a fast one; each distinct value is hashed slowly once a run.
"""

import hashlib
import json
from functools import lru_cache
from typing import Final

from assistants_sync.model.live import LiveObject
from assistants_sync.model.value import (
    Body,
    FieldPath,
    JsonValue,
    Secret,
    Value,
    has_secret,
    is_json,
    is_plain,
    reveal,
    without_secrets,
)
from assistants_sync.resources.essence import canonical
from assistants_sync.resources.kind import Kind

_DIGEST_BYTES: Final = 16
_ENCODE: Final = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode
_REMEMBERED: Final = 512
_SCRYPT_COST: Final = 2**14  # about 40 ms and 16 MB a value


class Hasher:
    """Hashes values of one kind under one state's key; the same value, the same hash."""

    def __init__(self, kind: Kind, key_hex: str) -> None:
        self._kind = kind
        self._key = bytes.fromhex(key_hex)
        self._slow_hashes: dict[bytes, str] = {}
        # Most values stand in many assistants, and each in the definition as in the live object.
        self._plain = lru_cache(_REMEMBERED, typed=True)(self._hash_plain)

    def applied(self, path: FieldPath, value: Value) -> str:
        """Hash a leaf as we send it, secrets included."""
        if is_plain(value):
            return self._plain(value)
        if is_json(value):
            return self._fast(self._encode(path, value))
        data = self._encode(path, reveal(value))
        return self._slow(data) if has_secret(value) else self._fast(data)

    def observed(self, path: FieldPath, value: Value) -> str:
        """Hash a leaf as the server shows it: without the secrets a list or object may hold."""
        if is_plain(value):
            return self._plain(value)
        if isinstance(value, Secret):
            return self.applied(path, value)
        return self.whole(path, value)

    def whole(self, path: FieldPath, value: Value) -> str:
        """Hash a value as a precondition: what was there when the plan looked, secrets left out."""
        shown = value if is_json(value) else without_secrets(value)
        return self._fast(self._encode(path, shown))

    def body(self, body: Body) -> str:
        """Hash a whole body, secrets left out."""
        return self.whole((), body)

    def deletable(self, live: LiveObject) -> str:
        """Hash all that a deletion depends on: the whole body and whose marker is on it."""
        marker = live.marker.to_json() if live.marker else None
        return self.whole((), {"body": live.body, "marker": marker})

    def equal(self, path: FieldPath, left: Value, right: Value) -> bool:
        """Say whether two values mean the same, secrets included."""
        return self._encode(path, reveal(left)) == self._encode(path, reveal(right))

    def _hash_plain(self, value: JsonValue) -> str:
        return self._fast(self._encode((), value))

    def _encode(self, path: FieldPath, value: JsonValue) -> bytes:
        return _ENCODE(canonical(self._kind, value, path)).encode("utf-8", "surrogatepass")

    def _fast(self, data: bytes) -> str:
        return hashlib.blake2b(data, key=self._key, digest_size=_DIGEST_BYTES).hexdigest()

    def _slow(self, data: bytes) -> str:
        if data not in self._slow_hashes:
            digest = hashlib.scrypt(
                data, salt=self._key, n=_SCRYPT_COST, r=8, p=1, dklen=_DIGEST_BYTES
            )
            self._slow_hashes[data] = "slow:" + digest.hex()
        return self._slow_hashes[data]
