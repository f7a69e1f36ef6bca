"""The system text of a body: what tells an assistant who it is."""

from collections.abc import Iterator, Mapping

from assistants_sync.model.value import Body, FieldPath, is_list, lookup
from assistants_sync.resources.kind import Kind


def system_texts(kind: Kind, body: Body) -> Iterator[tuple[FieldPath, str]]:
    """Give every system message that holds text, in order, by the path of its text."""
    for path in kind.messages:
        messages = lookup(body, path)
        for index, message in enumerate(messages if is_list(messages) else ()):
            if isinstance(message, Mapping) and message.get("role") == "system":
                content = message.get("content")
                if isinstance(content, str):
                    yield (*path, str(index), "content"), content
