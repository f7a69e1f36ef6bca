"""Azurite: Microsoft's emulator of Azure Blob Storage."""

import base64
import hashlib
import hmac
import shutil
from datetime import UTC, datetime
from pathlib import Path

import httpx
from backends.child import Child
from backends.object_server import BUCKET, ObjectServer
from ports import free_ports

AZURE_KEY = (
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
)
"""The key every Azurite has. Source: learn.microsoft.com, "Use the Azurite emulator", 2026-11."""


class Azurite(ObjectServer):
    """Microsoft's emulator of Azure Blob Storage."""

    name, scheme = "azure", "az"
    account = "devstoreaccount1"

    def start(self, folder: Path) -> None:
        """Start it; see `Server.start`."""
        (port,) = free_ports(1)
        self.endpoint = f"http://127.0.0.1:{port}/{self.account}"
        argv = [
            shutil.which("azurite-blob") or "azurite-blob",
            *("--blobHost", "127.0.0.1", "--blobPort", str(port)),
            *("--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck"),
        ]
        self.child = Child(argv, folder)
        self.child.wait_until(self.make_bucket)

    def environ(self, endpoint: str) -> dict[str, str]:
        """Give what a machine needs to reach it there."""
        return {
            "AZURE_STORAGE_ACCOUNT_NAME": self.account,
            "AZURE_STORAGE_ACCOUNT_KEY": AZURE_KEY,
            "AZURE_STORAGE_ENDPOINT": endpoint,
        }

    def make_bucket(self) -> bool:
        """Say whether it is up, and has its container now."""
        date = f"{datetime.now(UTC):%a, %d %b %Y %H:%M:%S GMT}"
        told = {"x-ms-date": date, "x-ms-version": "2021-08-06"}
        headers = "\n".join(f"{name}:{value}" for name, value in told.items())
        resource = f"/{self.account}/{self.account}/{BUCKET}\nrestype:container"
        signed = "PUT" + "\n" * 12 + f"{headers}\n{resource}"
        digest = hmac.digest(base64.b64decode(AZURE_KEY), signed.encode(), hashlib.sha256)
        told["Authorization"] = f"SharedKey {self.account}:{base64.b64encode(digest).decode()}"
        answer = httpx.put(f"{self.endpoint}/{BUCKET}?restype=container", headers=told)
        return answer.status_code in {201, 409}
