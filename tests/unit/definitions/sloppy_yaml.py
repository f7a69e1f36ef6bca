"""YAML as people leave it: every style, any indentation, comments and blank lines everywhere."""

import json
from collections.abc import Callable

from hypothesis import strategies as st

_WORDS = st.sampled_from(
    ["off", "yes", "a", "two words", "+1415", "12:30", "it's", "010", "a, b", "x:y", "${var.x}"]
)
_KEYS = st.sampled_from(
    ["name", "model", "voice", "firstMessage", "key", "kind", "other", "a", "b-c", "x y", "hooks"]
)
_PLAIN = ["1", "1.50", "true", "null", "~", "", "off", "it's", "plain words", "a:b", "!file p.txt"]
_TAGGED = ["!secret NAME", "!!str 5", '!file "p q.txt"', "!lookup {kind: tool, name: x}"]
_QUOTED = ["''", '""', "'it''s'", '"a\\tb"', '"# no comment"', "'yes'", '"plain"', '"two\\nlines"']
_FLOW = ["[]", "{}", "[ a,b ]", "{ a : 1,b: 'x' }", "[a, {b: c}, [d]]", '{"a":1}', "[ 'x, y' ]"]
_BLOCKS = ["|", "|-", "|+", ">", ">-", ">+"]

Draw = Callable[[st.SearchStrategy[str]], str]


@st.composite
def sloppy_texts(draw: st.DrawFn) -> str:
    """Give the text of one to three documents, each an object."""
    texts = ["\n".join(_fields(draw, 0, 0)) + "\n" for _ in range(draw(st.integers(1, 3)))]
    text = draw(st.sampled_from(["", "---\n", "# top\n\n---\n", "\n\n"])) + "---\n".join(texts)
    return text + draw(st.sampled_from(["", "\n\n", "# the end\n", "# the end"]))


def _fields(draw: st.DrawFn, indent: int, depth: int) -> list[str]:
    lines: list[str] = []
    names = draw(st.lists(_KEYS, min_size=1, max_size=4, unique=True))
    for name in names:
        lines += _noise(draw, indent)
        key = name if draw(st.integers(0, 5)) else f'"{name}"'
        lines += _placed(draw, " " * indent + f"{key}:", indent, depth)
    return lines + _noise(draw, indent)


def _items(draw: st.DrawFn, indent: int, depth: int) -> list[str]:
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        lines += _noise(draw, indent)
        if depth < 3 and draw(st.integers(0, 2)) == 0:
            first, *rest = [
                line for line in _fields(draw, indent + 2, depth + 1) if line.strip()
            ] or ["a: 1"]
            if not first.lstrip().startswith("#"):
                lines += [" " * indent + "- " + first.lstrip(), *rest]
                continue
        lines += _placed(draw, " " * indent + "-", indent, depth)
    return lines


def _placed(draw: st.DrawFn, mark: str, indent: int, depth: int) -> list[str]:
    """Give the lines of any value behind its mark."""
    inner = indent + draw(st.sampled_from([1, 2, 2, 3, 4]))
    match draw(st.integers(0, 7)):
        case 0 if depth < 3:
            return [mark + _comment(draw), *_fields(draw, inner, depth + 1)]
        case 1 if depth < 3 and not mark.endswith("-"):
            own = draw(st.sampled_from([indent, inner]))
            return [mark + _comment(draw), *_items(draw, own, depth + 1)]
        case 2:
            head = draw(st.sampled_from(_BLOCKS)) + _comment(draw)
            return [f"{mark} {head}", *_text(draw, inner)]
        case 3:
            return _broken_flow(draw, mark, inner)
        case 4:
            return [mark + " many words", " " * inner + "on two lines" + _comment(draw)]
        case 5:
            return [f"{mark} {json.dumps(draw(_WORDS))}" + _comment(draw)]
        case _:
            word = draw(st.sampled_from([*_PLAIN, *_TAGGED, *_QUOTED, *_FLOW]))
            return [f"{mark} {word}" + _comment(draw)]


def _text(draw: st.DrawFn, indent: int) -> list[str]:
    lines = draw(st.lists(st.sampled_from(["some text", "  further in", "", "# text"]), max_size=4))
    return [" " * indent + "first", *(" " * indent + line if line else "" for line in lines)]


def _broken_flow(draw: st.DrawFn, mark: str, indent: int) -> list[str]:
    pad = " " * indent
    words = draw(st.lists(_WORDS, min_size=1, max_size=3))
    items = [f"{pad}{json.dumps(word)},{_comment(draw)}" for word in words]
    return [f"{mark} [{_comment(draw)}", *items, *_noise(draw, indent), f"{pad}]{_comment(draw)}"]


def _comment(draw: st.DrawFn) -> str:
    return draw(st.sampled_from(["", "", "", " # near", "    # far  "]))


def _noise(draw: st.DrawFn, indent: int) -> list[str]:
    own = " " * indent + "# above"
    return draw(st.sampled_from([[], [], [], [], [""], ["", ""], [own], ["", own], [own, "", own]]))
