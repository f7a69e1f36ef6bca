"""S3 servers: SeaweedFS and moto, which are good ones, and two that must be refused."""

import json
import shutil
import sys
from pathlib import Path

import httpx
from backends.azure_server import Azurite
from backends.child import Child
from backends.google_door import FakeGCS
from backends.object_server import BUCKET, S3_KEYS, ObjectServer
from ports import free_ports

_PARTS = ("master", "volume", "filer", "s3")


class SeaweedFS(ObjectServer):
    """An S3 server people run themselves."""

    name = "s3"

    def start(self, folder: Path) -> None:
        """Start all of its parts in one process; see `Server.start`."""
        names = [f"{part}.port{kind}" for part in _PARTS for kind in ("", ".grpc")]
        names += ["s3.port.iceberg", "s3.port.lance"]
        ports = dict(zip(names, free_ports(len(names)), strict=True))
        argv = [
            str(Path(sys.executable).with_name("weed")),
            "server",
            f"-dir={folder}",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            "-master.volumeSizeLimitMB=64",
            "-master.telemetry=false",
            "-volume.max=100",
            "-s3",
            *(f"-{name}={port}" for name, port in ports.items()),
            *self.arguments(folder),
        ]
        self.endpoint = f"http://127.0.0.1:{ports['s3.port']}"
        self.child = Child(argv, folder)
        self.child.wait_until(self.is_ready)

    def arguments(self, folder: Path) -> list[str]:  # noqa: ARG002 -- the subclass writes there
        """Give what else it is told."""
        return []

    def is_ready(self) -> bool:
        """Say whether it keeps what is written."""
        # Its parts find each other one after the other: only a write that is kept says it is ready.
        return (
            self.make_bucket()
            and httpx.put(f"{self.endpoint}/{BUCKET}/ready", content=b"1").status_code
            == httpx.codes.OK
        )


class Moto(ObjectServer):
    """The S3 server most Python tests use."""

    name = "moto"

    def start(self, folder: Path) -> None:
        """Start it; see `Server.start`."""
        (port,) = free_ports(1)
        self.endpoint = f"http://127.0.0.1:{port}"
        argv = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
        self.child = Child(argv, folder)
        self.child.wait_until(self.make_bucket)


class SeaweedFSWithKeys(SeaweedFS):
    """The same, where one key may do all and another may only read."""

    name = "guarded"

    def arguments(self, folder: Path) -> list[str]:
        """Give what else it is told."""
        admin = _identity("admin", S3_KEYS["AWS_ACCESS_KEY_ID"], S3_KEYS["AWS_SECRET_ACCESS_KEY"])
        reader = _identity("reader", "reader", "canary-secret-reader", "Read", "List")
        config = folder / "keys.json"
        config.write_text(json.dumps({"identities": [admin, reader]}))
        return [f"-s3.config={config}", "-s3.autoCreateBucket=true"]

    def is_ready(self) -> bool:
        """Say whether it is up: whoever bears no key is refused."""
        return httpx.get(f"{self.endpoint}/{BUCKET}").status_code == httpx.codes.FORBIDDEN


def _identity(name: str, key: str, secret: str, *actions: str) -> dict[str, object]:
    allowed = list(actions) or ["Admin", "Read", "List", "Tagging", "Write"]
    return {
        "name": name,
        "credentials": [{"accessKey": key, "secretKey": secret}],
        "actions": allowed,
    }


class BadS3(ObjectServer):
    """A server that ignores the conditions of a write."""


class Rclone(BadS3):
    """`rclone serve s3`. Source: measured with 1.75.2, 2026-11."""

    name = "rclone"

    def start(self, folder: Path) -> None:
        """Start it; see `Server.start`."""
        (port,) = free_ports(1)
        self.endpoint = f"http://127.0.0.1:{port}"
        (folder / "files" / BUCKET).mkdir(parents=True)
        program = str(Path(sys.executable).with_name("rclone"))
        argv = [program, "serve", "s3", "--addr", f"127.0.0.1:{port}", str(folder / "files")]
        self.child = Child(argv, folder, {"RCLONE_CONFIG": str(folder / "rclone.conf")})
        self.child.wait_until(lambda: httpx.get(self.endpoint).is_success)


class S3rver(BadS3):
    """`s3rver`. Source: measured with 3.7.1, 2026-11."""

    name = "s3rver"

    def start(self, folder: Path) -> None:
        """Start it; see `Server.start`."""
        (port,) = free_ports(1)
        self.endpoint = f"http://127.0.0.1:{port}"
        argv = [
            shutil.which("s3rver") or "s3rver",
            *("--address", "127.0.0.1", "--port", str(port), "--directory", str(folder)),
            *("--configure-bucket", BUCKET),
        ]
        self.child = Child(argv, folder)
        self.child.wait_until(lambda: httpx.get(f"{self.endpoint}/{BUCKET}").status_code > 0)

    def environ(self, endpoint: str) -> dict[str, str]:
        """Give what a machine needs to reach it there: the only keys it knows."""
        keys = {"AWS_ACCESS_KEY_ID": "S3RVER", "AWS_SECRET_ACCESS_KEY": "S3RVER"}
        return {**super().environ(endpoint), **keys}


PLACES = [SeaweedFS(), Moto(), Azurite(), FakeGCS()]
