"""One address of a state server that keeps a document: read whole, written whole, once.

The protocol has no conditional write, so who writes reads first, and hands over what was there.
"""

from typing import Final

from assistants_sync.errors import StateError
from assistants_sync.state.backend import changed_elsewhere
from assistants_sync.state.http import document
from assistants_sync.state.http.addresses import without_query
from assistants_sync.state.http.document import Document
from assistants_sync.state.http.exchange import Answer, HttpExchange
from assistants_sync.state.http.lock import GRANTED, HELD, lost

_NOTHING: Final = frozenset({204, 404})
_OK: Final = 200
_TOO_LARGE: Final = 413


class Endpoint:
    """Where one document is. `run_id` signs the empty one that stands for none."""

    def __init__(self, server: HttpExchange, url: str, update_method: str, run_id: str) -> None:
        self._server, self._url, self._update_method = server, url, update_method
        self.where = without_query(url)
        self._nothing = Document.empty(run_id)
        self._known: tuple[bytes, Document] | None = None

    async def read(self) -> Document:
        """Give what is there.

        Raises:
            AccessError: the server wants a login, or refuses ours.
            StateError: it cannot be reached or read, or is another tool's.
        """
        answer = await self._server.ask_until_sure("GET", self._url)
        if answer.status in _NOTHING or (answer.status == _OK and not answer.body):
            return self._nothing
        if answer.status != _OK:
            raise StateError(
                "The state could not be read",
                f"{self.where}: {answer}",
                hint="check the address, the server and the network",
            )
        if self._known is None or self._known[0] != answer.body:
            self._known = answer.body, document.decode(answer.body, self.where)
        # What is byte for byte what we know was parsed before: a large one takes its time.
        return self._known[1]

    async def write(self, new: Document, data: bytes, there: Document, lock_id: str | None) -> None:
        """Put `new`, whose bytes are `data`, in place of `there`, under the lock where it has one.

        Raises:
            AccessError: the server wants a login, or refuses ours.
            StateError: somebody else wrote, or it could not be written.
        """
        answer = await self._server.ask(self._update_method, self._url, data, lock_id)
        if answer.status in GRANTED:
            self._known = data, new
            return
        now = await self.read()
        if now.generation == new.generation:
            # The write was done, and its answer lost on the way.
            return
        if now.generation != there.generation:
            raise changed_elsewhere(self.where)
        raise self._not_written(answer)

    def _not_written(self, answer: Answer) -> StateError:
        if answer.status in HELD:
            return lost(f"{self.where} takes no write with it any more")
        hint = "check the server, and run plan again"
        if answer.status == _TOO_LARGE:
            hint = "the server limits the size of a state: raise it, or empty the trash"
        return StateError("The state could not be written", f"{self.where}: {answer}", hint=hint)
