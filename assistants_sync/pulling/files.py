"""From drifted paths to the texts of the files they were written in. Reads files, writes none."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from assistants_sync.definitions.layout.canonical import fenced_lines
from assistants_sync.definitions.layout.source import Source, file_uses
from assistants_sync.definitions.layout.tree import Slot
from assistants_sync.definitions.rewrite import Opened, open_text
from assistants_sync.definitions.variables import escape
from assistants_sync.errors import SyncError
from assistants_sync.model.diagnostic import Diagnostic
from assistants_sync.model.value import FieldPath, Value, has_secret, is_list, to_dotted
from assistants_sync.pulling.wanted import Drifted, left_alone
from assistants_sync.pulling.weave import Weaver, is_borrowed, variables_of
from assistants_sync.resources.kind import Kind

_MESSAGES: Final[FieldPath] = ("model", "messages")
_TURN: Final = frozenset({"role", "content"})


@dataclass(frozen=True, slots=True)
class Edited:
    """A file, and the text it is to hold."""

    opened: Opened
    text: str


@dataclass(frozen=True, slots=True)
class Pull:
    """What would be written, which paths that brings back, and what is left alone and why."""

    files: tuple[Edited, ...]
    done: tuple[Drifted, ...]
    left: tuple[Diagnostic, ...]


@dataclass(slots=True)
class _Woven:
    """One path, woven: what takes the place of its field, and what else is to be written."""

    drifted: Drifted
    slot: Slot | None = None
    is_put: bool = False
    body: str | None = None
    texts: dict[Path, str] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)


class Puller:
    """Brings drifted paths of one project back. `root` is resolved."""

    def __init__(self, root: Path, kind: Kind) -> None:
        self._root, self._kind = root, kind
        self._sources: dict[str, Source] = {}
        self._texts: dict[Path, Opened] = {}

    def pull(self, drifted: Sequence[Drifted]) -> Pull:
        """Give what would be written.

        Raises:
            DefinitionError: a definition cannot be read.
        """
        woven = [self._weave(each) for each in drifted]
        self._refuse_shared(woven)
        done = [each for each in woven if not each.left]
        for each in done:
            self._put(each)
        files = [Edited(each.opened, each.text()) for each in self._sources.values()]
        texts = {path: text for each in done for path, text in each.texts.items()}
        files += [Edited(self._texts[path], text) for path, text in texts.items()]
        return Pull(
            tuple(each for each in files if each.text != each.opened.text),
            tuple(each.drifted for each in done),
            tuple(note for each in woven for note in _notes(each)),
        )

    def _weave(self, drifted: Drifted) -> _Woven:
        woven = _Woven(drifted)
        try:
            source = self._source(drifted.where.file)
        except SyncError as refused:
            woven.left.append(f"`{to_dotted(drifted.path)}`: {refused.diagnostic.detail}")
            return woven
        desired, live = drifted.desired, drifted.live
        if drifted.path == _MESSAGES and self._has_body(drifted):
            rest = self._weave_body(source, woven)
            if rest is None:
                return woven
            desired, live = rest
        slot = source.slot(drifted.where)
        if slot is not None:
            self._weave_slot(woven, slot, desired, live)
        elif desired or live:
            woven.left.append(f"`{to_dotted(drifted.path)}`: it has no place of its own")
        return woven

    def _weave_slot(self, woven: _Woven, slot: Slot, desired: Value, live: Value) -> None:
        path = woven.drifted.path
        if live is None:
            if has_secret(desired) or is_borrowed(slot.value):
                woven.left.append(f"`{to_dotted(path)}`: it is gone, and was no plain value")
            woven.is_put = True
            return
        weaver = Weaver(self._kind)
        value = weaver.node(slot.value, desired, live, path)
        woven.left += weaver.left
        for tag, text, at in weaver.files:
            self._weave_file(woven, tag.text, text, at)
        if value is not slot.value:
            woven.slot, woven.is_put = replace(slot, value=value), True

    def _weave_file(self, woven: _Woven, name: str, text: str, path: FieldPath) -> None:
        opened = open_text(self._root, self._root / name)
        names = variables_of(opened.text)
        if names:
            said = ", ".join(f"`${{var.{each}}}`" for each in dict.fromkeys(names))
            woven.left.append(f"`{to_dotted(path)}`: {opened.name} has {said} in it")
        self._texts[opened.path] = opened
        woven.texts[opened.path] = escape(text)

    def _has_body(self, drifted: Drifted) -> bool:
        """Say whether the first message is what stands below the front matter."""
        if not drifted.where.file.endswith(".md"):
            return False
        fenced = len(fenced_lines(self._source(drifted.where.file).opened.text))
        first = drifted.definition.places.get((*_MESSAGES, "0", "content"))
        return first is not None and first.line > fenced

    def _weave_body(self, source: Source, woven: _Woven) -> tuple[Value, Value] | None:
        """Weave the body; give the other messages, as the file has them and as they are live."""
        desired, live = woven.drifted.desired, woven.drifted.live
        prompt = _prompt(live)
        if not is_list(desired) or not is_list(live) or prompt is None:
            woven.left.append("`model.messages[0]`: it is the file's body, and no prompt any more")
            return None
        if _prompt(desired) != prompt:
            body = source.opened.text[source.end :]
            names = variables_of(body)
            if names:
                said = ", ".join(f"`${{var.{each}}}`" for each in dict.fromkeys(names))
                woven.left.append(f"`model.messages[0].content`: the body has {said} in it")
            lines = prompt.split("\n")
            if not lines[0].strip() or not lines[-1].strip():
                woven.left.append("`model.messages[0].content`: a blank line at its end")
            woven.body = escape(prompt)
        return desired[1:], live[1:]

    def _refuse_shared(self, woven: Sequence[_Woven]) -> None:
        """Leave alone what stands in a file that others use too and have another text for."""
        if not any(each.texts for each in woven):
            return
        uses, before = file_uses(self._root), -1
        while before != (before := sum(bool(each.left) for each in woven)):
            asked = Counter(path for each in woven if not each.left for path in each.texts)
            for each in woven:
                for path, text in each.texts.items():
                    others = {text} | {it.texts.get(path, text) for it in woven if not it.left}
                    if not each.left and (asked[path] < uses[path] or len(others) > 1):
                        name = self._texts[path].name
                        each.left.append(
                            f"`{to_dotted(each.drifted.path)}`: {name} is used elsewhere too"
                        )

    def _put(self, woven: _Woven) -> None:
        source = self._source(woven.drifted.where.file)
        if woven.is_put:
            source.put(woven.drifted.where, woven.slot)
        if woven.body is not None:
            source.body = woven.body

    def _source(self, name: str) -> Source:
        if name not in self._sources:
            self._sources[name] = Source.open(self._root, name)
        return self._sources[name]


def _prompt(messages: Value) -> str | None:
    """Give the text of the first message, if it is a system message and nothing else."""
    first = messages[0] if is_list(messages) and messages else None
    if not isinstance(first, dict) or set(first) != _TURN or first["role"] != "system":
        return None
    content = first["content"]
    return content if isinstance(content, str) else None


def _notes(woven: _Woven) -> Iterator[Diagnostic]:
    for detail in woven.left:
        yield left_alone(detail, woven.drifted.where, woven.drifted.address)
