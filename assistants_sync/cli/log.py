"""The log of one command, on stderr: lines for people, or a JSON object for each thing."""

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias

from assistants_sync.cli.streams import write_remark
from assistants_sync.model.value import JsonValue

Level: TypeAlias = Literal["debug", "info", "warning", "error"]

LOG_FORMAT: Final = "1.0"


class Log:
    """Tells what happens, scrubbed of known secrets; `run_id` is of this command alone.

    As JSON each line has `format_version`, `time` (ISO 8601, UTC), `level`, `run_id` and `event`,
    and beside them what that event is about.
    """

    def __init__(self, scrub: Callable[[str], str] = str, *, as_json: bool = False) -> None:
        self.scrub, self.as_json = scrub, as_json
        self.run_id = str(uuid.uuid4())

    def remark(self, text: str, level: Level = "info") -> None:
        """Tell something that is only words."""
        self.tell("remark", text, level, message=text.rstrip("\n"))

    def tell(
        self, event: str, text: str | None, level: Level = "info", **details: JsonValue
    ) -> None:
        """Tell of one event: `text` to people, who hear nothing of None; `details` to machines."""
        if self.as_json:
            head = {
                "format_version": LOG_FORMAT,
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "level": level,
                "run_id": self.run_id,
                "event": event,
            }
            write_remark(json.dumps({**head, **self._scrubbed(details)}) + "\n")
        elif text is not None:
            write_remark(self.scrub(text).rstrip("\n") + "\n")

    def _scrubbed(self, details: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
        # Before it is JSON: a secret may be of quotes and colons, and the line has to stay one.
        return {self.scrub(key): self._scrubbed_value(each) for key, each in details.items()}

    def _scrubbed_value(self, value: JsonValue) -> JsonValue:
        match value:
            case str():
                return self.scrub(value)
            case Mapping():
                return self._scrubbed(value)
            case Sequence():
                return [self._scrubbed_value(each) for each in value]
            case _:
                return value
