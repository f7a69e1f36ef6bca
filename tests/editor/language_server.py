"""A client of the YAML language server: what an editor asks of it, over stdin and stdout."""

import json
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from queue import Queue
from types import TracebackType
from typing import IO, Final, Self

from pydantic import BaseModel, ConfigDict

_PATIENCE_SECONDS: Final = 30.0


class Position(BaseModel):
    """A place in a file; line and character count from 0."""

    line: int
    character: int


class Range(BaseModel):
    """From one place to another."""

    start: Position


class Complaint(BaseModel):
    """What an editor underlines."""

    range: Range
    message: str

    @property
    def line(self) -> int:
        """The line as people count."""
        return self.range.start.line + 1


class _Published(BaseModel):
    uri: str
    diagnostics: list[Complaint]


class _Marked(BaseModel):
    value: str = ""


class _Hover(BaseModel):
    contents: _Marked


class Suggestion(BaseModel):
    """What an editor offers to type."""

    model_config = ConfigDict(extra="ignore")

    label: str
    documentation: _Marked | str | None = None

    @property
    def text(self) -> str:
        """What is said about it."""
        said = self.documentation
        return said.value if isinstance(said, _Marked) else said or ""


class _Suggestions(BaseModel):
    items: list[Suggestion]


class _Wanted(BaseModel):
    items: list[dict[str, object]]


class _Message(BaseModel):
    id: int | None = None
    method: str | None = None
    params: dict[str, object] | None = None
    result: object = None
    error: object = None


class LanguageServer:
    """One server, started and told its settings; a context manager.

    `settings` are those of an editor, as `{"yaml.schemas": …}`.
    """

    def __init__(self, command: Sequence[str], root: Path, settings: Mapping[str, object]) -> None:
        self._command, self._root, self._settings = command, root, settings
        self._answers: Queue[_Message] = Queue()
        self._complaints: Queue[_Published] = Queue()
        self._asked = 0

    def __enter__(self) -> Self:
        """Start it."""
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=self._root
        )
        assert self._process.stdin
        assert self._process.stdout
        self._into: IO[bytes] = self._process.stdin
        self._listener = threading.Thread(target=self._listen, args=(self._process.stdout,))
        self._listener.start()
        self._ask(
            "initialize",
            {
                "processId": None,
                "rootUri": self._root.as_uri(),
                "workspaceFolders": [{"uri": self._root.as_uri(), "name": "project"}],
                "capabilities": {
                    "workspace": {"configuration": True},
                    "textDocument": {
                        "hover": {"contentFormat": ["markdown"]},
                        "completion": {
                            "completionItem": {"documentationFormat": ["markdown"]},
                        },
                    },
                },
            },
        )
        self._tell("initialized", {})
        self._tell("workspace/didChangeConfiguration", {"settings": self._section("")})
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop it."""
        self._ask("shutdown", None)
        self._tell("exit", None)
        self._process.wait(_PATIENCE_SECONDS)
        self._listener.join(_PATIENCE_SECONDS)
        self._into.close()
        if self._process.stdout:
            self._process.stdout.close()

    def complaints(self, path: Path, text: str | None = None) -> list[Complaint]:
        """Open a file, with this text if any, and give what is wrong with it, by line."""
        uri = path.as_uri()
        document = {
            "uri": uri,
            "languageId": "yaml",
            "version": 1,
            "text": path.read_text() if text is None else text,
        }
        self._tell("textDocument/didOpen", {"textDocument": document})
        while True:
            published = self._complaints.get(timeout=_PATIENCE_SECONDS)
            if published.uri == uri:
                return sorted(published.diagnostics, key=lambda each: each.line)

    def hover(self, path: Path, line: int, character: int) -> str:
        """Give what is shown over a place of an open file."""
        found = self._ask("textDocument/hover", self._at(path, line, character))
        return _Hover.model_validate(found).contents.value if found else ""

    def completions(self, path: Path, line: int, character: int) -> list[Suggestion]:
        """Give what may be typed at a place of an open file."""
        found = self._ask("textDocument/completion", self._at(path, line, character))
        if isinstance(found, list):
            return _Suggestions.model_validate({"items": found}).items
        return _Suggestions.model_validate(found).items

    @staticmethod
    def _at(path: Path, line: int, character: int) -> dict[str, object]:
        return {
            "textDocument": {"uri": path.as_uri()},
            "position": {"line": line - 1, "character": character},
        }

    def _ask(self, method: str, params: object) -> object:
        self._asked += 1
        self._send({"id": self._asked, "method": method, "params": params})
        while True:
            answer = self._answers.get(timeout=_PATIENCE_SECONDS)
            if answer.id == self._asked:
                assert answer.error is None, answer.error
                return answer.result

    def _tell(self, method: str, params: object) -> None:
        self._send({"method": method, "params": params})

    def _send(self, message: Mapping[str, object]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._into.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._into.flush()

    def _listen(self, stream: IO[bytes]) -> None:
        while header := stream.readline():
            length = int(header.partition(b":")[2])
            while stream.readline().strip():
                pass
            message = _Message.model_validate_json(stream.read(length))
            if message.method is None:
                self._answers.put(message)
            elif message.method == "textDocument/publishDiagnostics":
                self._complaints.put(_Published.model_validate(message.params))
            elif message.id is not None:
                self._send({"id": message.id, "result": self._answer(message)})

    def _answer(self, message: _Message) -> object:
        if message.method != "workspace/configuration":
            return None
        wanted = _Wanted.model_validate(message.params).items
        return [self._section(str(each.get("section", ""))) for each in wanted]

    def _section(self, name: str) -> dict[str, object]:
        """Give the settings below a name, nested as the server reads them."""
        nested: dict[str, object] = {}
        for key, value in self._settings.items():
            here, *parts = nested, *key.split(".")
            for part in parts[:-1]:
                inner = here.setdefault(part, {})
                assert isinstance(inner, dict)
                here = inner
            here[parts[-1]] = value
        found = nested if not name else nested.get(name, {})
        assert isinstance(found, dict)
        return found
