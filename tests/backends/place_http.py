"""Servers of the Terraform HTTP protocol: a plain one, and one as GitLab's is."""

from dataclasses import replace
from pathlib import Path

from backends.http_state_server import PASSWORD, USER, GitLabServer, PlainServer
from backends.place import Death, Place


class HttpStates:
    """A `WebServer` of the protocol, in this process."""

    on_death: Death = "stays"
    can_break = True

    def __init__(self, name: str, kind: type[PlainServer]) -> None:
        self.name, self._kind = name, kind
        self._server: PlainServer | None = None
        self.endpoint = ""

    def start(self, folder: Path) -> None:  # noqa: ARG002 -- it keeps nothing in files
        """Start it; see `Server.start`."""
        self._server = self._kind().__enter__()
        if isinstance(self._server, GitLabServer):
            # The contract asks for a holder's own words; GitLab's have tests of their own.
            self._server.names_user = False
        self.endpoint = self._server.endpoint

    def place(self, name: str, folder: Path) -> Place:
        """Give a new address for each environment; see `Server.place`."""
        assert self._server is not None
        return Place(
            self.name,
            folder,
            self._server.url(f"{name}-{{environment}}"),
            {"TF_HTTP_USERNAME": USER, "TF_HTTP_PASSWORD": PASSWORD},
            on_death=self.on_death,
        )

    def through(self, place: Place, endpoint: str) -> Place:
        """Give the same place, reached at another address; see `WebServer.through`."""
        assert place.url is not None
        url = place.url.replace(self.endpoint, endpoint)
        return replace(place, url=url, opened=[], talk=[])

    def stop(self) -> None:
        """End it; see `Server.stop`."""
        if self._server is not None:
            self._server.__exit__(None, None, None)
            self._server = None


PLACES = [HttpStates("http", PlainServer), HttpStates("gitlab", GitLabServer)]
