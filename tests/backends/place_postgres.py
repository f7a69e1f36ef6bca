"""PostgreSQL as Debian packages it: a cluster of its own, a database for each test."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import psycopg
from backends.child import Child
from backends.place import Death, Place
from ports import free_ports

_INSTALLED = Path("/usr/lib/postgresql")
PASSWORD = "canary p@ssword"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    # A test's database outlives no test, and the machine does not go down in one.
    "fsync": "off",
    "max_connections": "300",
    "ssl": "off",
}


class Postgres:
    """A `Server` that runs as the user postgres: it refuses to run as root."""

    name = "postgres"
    on_death: Death = "freed"
    can_break = True

    def __init__(self) -> None:
        self.port = 0
        self.folder = Path()
        self._child: Child | None = None

    @property
    def environ(self) -> dict[str, str]:
        """Give what a machine needs to reach it."""
        return {"PGUSER": "postgres", "PGPASSWORD": PASSWORD}

    def start(self, folder: Path) -> None:  # noqa: ARG002 -- others may not enter pytest's folders
        """Make a cluster and start it; see `Server.start`."""
        self.folder = Path(tempfile.mkdtemp(prefix="assistants-sync-"))
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        data = self.folder / "data"
        data.mkdir(mode=0o700)
        if os.getuid() == 0:
            for each in (self.folder, secret, data):
                shutil.chown(each, "postgres", "postgres")
        made = subprocess.run(
            [
                *self.command("initdb"),
                *("-D", str(data), "-U", "postgres", "-E", "UTF8", "--no-locale", "--no-sync"),
                *("--auth=scram-sha-256", f"--pwfile={secret}"),
            ],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode != 0:
            raise RuntimeError(f"initdb failed:\n{made.stderr}")
        (self.port,) = free_ports(1)
        self._serve()

    def place(self, name: str, folder: Path) -> Place:
        """Give a new database; see `Server.place`."""
        self.run(f'CREATE DATABASE "{name}"')
        return Place(self.name, folder, self.url(name), self.environ, self.on_death)

    def stop(self) -> None:
        """End it; see `Server.stop`."""
        self._crash()
        if self.folder != Path():
            shutil.rmtree(self.folder, ignore_errors=True)

    def restart(self) -> None:
        """Let it crash, and start it again."""
        self._crash()
        self._serve()

    def url(self, database: str, port: int | None = None) -> str:
        """Give the URL of a database, without a credential."""
        return f"postgres://127.0.0.1:{port or self.port}/{database}"

    def run(
        self, *statements: str, database: str = "postgres", port: int | None = None
    ) -> list[tuple[str, ...]]:
        """Run statements as an administrator; give the rows of the last one, as text."""
        opened = psycopg.connect(self.url(database, port), user="postgres", password=PASSWORD)
        with contextlib.closing(opened) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            for statement in statements:
                cursor.execute(statement.encode())
            return [tuple(map(str, row)) for row in cursor] if cursor.description else []

    def _serve(self) -> None:
        told = {**_SETTINGS, "port": str(self.port), "unix_socket_directories": str(self.folder)}
        settings = [part for key, value in told.items() for part in ("-c", f"{key}={value}")]
        argv = [*self.command("postgres"), "-D", str(self.folder / "data"), *settings]
        self._child = Child(argv, self.folder)
        self._child.wait_until(self._answers)

    def _crash(self) -> None:
        if self._child is not None:
            data = str(self.folder / "data")
            # Without a checkpoint, as a crash; but it removes its shared memory before.
            stop = [*self.command("pg_ctl"), "-D", data, "-m", "immediate", "stop"]
            subprocess.run(stop, cwd=self.folder, capture_output=True, check=False)
            self._child.end()
            self._child = None

    def _answers(self) -> bool:
        return bool(self.run("SELECT 1"))

    def command(self, name: str, *arguments: str) -> Sequence[str]:
        """Give the command that runs a program of the cluster, or another one, as its user."""
        found = sorted(_INSTALLED.glob(f"*/bin/{name}"), key=lambda each: int(each.parts[-3]))
        program = name if name.startswith("/") else str(found[-1]) if found else None
        if program is None:
            raise RuntimeError(f"{name} is not installed: apt-get install postgresql")
        # It becomes the server itself, so that ending it ends the server.
        other = ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--")
        return [*(other if os.getuid() == 0 else ()), program, *arguments]


PLACES = [Postgres()]
