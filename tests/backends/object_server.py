"""A server of objects, and the prefix in its bucket that is a place."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from backends.child import Child
from backends.place import Death, Place
from obstore.store import AzureStore, GCSStore, ObjectStore, S3Store

from assistants_sync.state.bucket.store import Bucket

BUCKET = "team"
S3_KEYS = {
    "AWS_ACCESS_KEY_ID": "canary-access-key",
    "AWS_SECRET_ACCESS_KEY": "canary-secret-key",
    "AWS_REGION": "us-east-1",
}


class ObjectServer:
    """A `Server` of objects; a subclass says how it is started and spoken to."""

    name = ""
    scheme = "s3"
    on_death: Death = "lapses"
    can_break = True

    def __init__(self) -> None:
        self.child: Child | None = None
        self.endpoint = ""

    def start(self, folder: Path) -> None:
        """Start it; see `Server.start`."""
        raise NotImplementedError

    def environ(self, endpoint: str) -> dict[str, str]:
        """Give what a machine needs to reach it there."""
        return {**S3_KEYS, "AWS_ENDPOINT_URL_S3": endpoint}

    def place(self, name: str, folder: Path) -> Place:
        """Give a new prefix in the bucket; see `Server.place`."""
        return Place(
            self.name,
            folder,
            f"{self.scheme}://{BUCKET}/{name}",
            self.environ(self.endpoint),
            on_death=self.on_death,
        )

    def through(self, place: Place, endpoint: str) -> Place:
        """Give the same place at another address; see `WebServer.through`."""
        path = urlsplit(self.endpoint).path
        return replace(place, environ=self.environ(endpoint + path), opened=[], talk=[])

    def bucket(self, place: Place) -> Bucket:
        """Give the objects of a place as they lie there."""
        assert place.url is not None
        match self.scheme:
            case "s3":
                found: ObjectStore = S3Store.from_url(
                    place.url, endpoint=self.endpoint, client_options={"allow_http": True}
                )
            case "gs":
                found = GCSStore.from_url(place.url, client_options={"allow_http": True})
            case _:
                found = AzureStore.from_url(place.url, client_options={"allow_http": True})
        return Bucket(place.url, lambda _retries: found)

    def stop(self) -> None:
        """End it; see `Server.stop`."""
        if self.child is not None:
            self.child.end()
            self.child = None

    def make_bucket(self) -> bool:
        """Say whether it is up, and has its bucket now."""
        return httpx.put(f"{self.endpoint}/{BUCKET}").status_code in {200, 409}
