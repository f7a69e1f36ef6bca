"""Tools a prompt asks for: looking for the verbs first finds what the whole pattern finds."""

from hypothesis import given
from hypothesis import strategies as st

from assistants_sync.definitions.lints import named_tools

_WORDS = st.sampled_from(
    [
        "call",
        "Calling",
        "the",
        "your",
        "USE",
        "use",
        "using",
        "run",
        "execute",
        "execut",
        "recall",
        "book_slot",
        "`endCall`",
        "tool",
        "function",
        "x()",
        "trigger",
        "invoke",
        "not",
        "us",
        "İ",
    ]
)


@given(st.lists(st.tuples(_WORDS, st.sampled_from([" ", "\n", "", ", "])), max_size=25))
def test_it_finds_what_a_slow_search_finds(words: list[tuple[str, str]]) -> None:
    text = "".join(part for pair in words for part in pair)
    quick = [match.span() for match in named_tools._asked(text)]  # noqa: SLF001 -- its one law
    assert quick == [match.span() for match in named_tools._ASKED.finditer(text)]  # noqa: SLF001 -- as above
