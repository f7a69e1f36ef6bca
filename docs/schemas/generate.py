"""Writes the JSON Schemas of what machines read from us, from the models: `make schemas`."""

import json
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from assistants_sync.cli.log import LOG_FORMAT
from assistants_sync.model.state import STATE_FORMAT, State
from assistants_sync.planning.document import FORMAT_VERSION
from assistants_sync.planning.schema import PlanDocument
from assistants_sync.views.event_schema import EventLine, LogLine
from assistants_sync.views.events import EVENT_FORMAT
from assistants_sync.views.history import RUNS_FORMAT
from assistants_sync.views.machine import FAULTS_FORMAT
from assistants_sync.views.schema import HistoryDocument, Validation

FOLDER: Final = Path(__file__).parent

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> dict[str, str]:
    """Give the text of every schema, by the name of its file."""
    plan: TypeAdapter[PlanDocument] = TypeAdapter(PlanDocument)
    events: TypeAdapter[EventLine] = TypeAdapter(EventLine)
    log: TypeAdapter[LogLine] = TypeAdapter(LogLine)
    history: TypeAdapter[HistoryDocument] = TypeAdapter(HistoryDocument)
    state: TypeAdapter[State] = TypeAdapter(State)
    validation: TypeAdapter[Validation] = TypeAdapter(Validation)
    written = state.json_schema(mode="serialization")
    # The codec lays its version beside what the model has.
    written["properties"]["format_version"] = {"const": STATE_FORMAT}
    written["required"].append("format_version")
    return {
        f"plan-{FORMAT_VERSION}.json": _text(
            "What `plan --format json` prints and `plan --out` saves",
            plan.json_schema(mode="serialization"),
        ),
        f"events-{EVENT_FORMAT}.json": _text(
            "One line of `apply --format json`", events.json_schema(mode="serialization")
        ),
        f"log-{LOG_FORMAT}.json": _text(
            "One line of `--log-format json`", log.json_schema(mode="serialization")
        ),
        f"history-{RUNS_FORMAT}.json": _text(
            "What `history --format json` prints", history.json_schema(mode="serialization")
        ),
        f"state-{STATE_FORMAT}.json": _text("A state file", written),
        f"validate-{FAULTS_FORMAT}.json": _text(
            "What `validate --format json` prints, and any command that fails",
            validation.json_schema(mode="serialization"),
        ),
    }


def _text(title: str, schema: dict[str, object]) -> str:
    document = {"$schema": _DIALECT, **schema, "title": title}
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    for name, text in schemas().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
