"""What a value may be, and the server's own words when it is not.

The words are those of class-validator, which NestJS runs over every body.
Source: error bodies quoted in public threads (`property X should not exist`, `name must be shorter
than or equal to 40 characters`, `silenceTimeoutSeconds must not be less than 10`, `each value in
toolIds must be a UUID`), read 2026-11; the rest is class-validator 0.14's own wording.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias, assert_never
from urllib.parse import urlsplit
from uuid import UUID

from assistants_sync.emulator.wire import Json


@dataclass(frozen=True, slots=True)
class Text:
    """A string; lengths count code points."""

    max_length: int | None = None
    min_length: int = 0


@dataclass(frozen=True, slots=True)
class Number:
    """A number between inclusive bounds."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Flag:
    """A boolean."""


@dataclass(frozen=True, slots=True)
class Uuid:
    """The id of another object, written as a UUID."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words, or (`or_uri`) any address."""

    options: tuple[str, ...]
    or_uri: bool = False


@dataclass(frozen=True, slots=True)
class ListOf:
    """An array whose items all follow one rule."""

    item: "Rule"


@dataclass(frozen=True, slots=True)
class Shape:
    """An object; members without a rule may be anything, since nested strictness varies.

    `required` members must be there and not null; `word` is a string accepted in its place.
    """

    members: "Mapping[str, Rule]" = field(default_factory=dict)
    required: tuple[str, ...] = ()
    word: str | None = None


Rule: TypeAlias = Text | Number | Flag | Uuid | Choice | ListOf | Shape
"""What one field may hold."""


def complaints(rule: Rule, subject: str, value: Json) -> Iterator[str]:
    """Yield one text for each violation; `subject` is a dotted path or `each value in` one."""
    match rule:
        case Text():
            yield from _of_text(rule, subject, value)
        case Number():
            yield from _of_number(rule, subject, value)
        case Flag():
            if not isinstance(value, bool):
                yield f"{subject} must be a boolean value"
        case Uuid():
            if not _is_uuid(value):
                yield f"{subject} must be a UUID"
        case Choice():
            yield from _of_choice(rule, subject, value)
        case ListOf():
            yield from _of_list(rule, subject, value)
        case Shape():
            yield from _of_shape(rule, subject, value)
        case _:
            assert_never(rule)


def widest(left: Rule, right: Rule) -> Rule:
    """Give a rule that accepts what either accepts; `right` where the two do not compare."""
    match left, right:
        case Text(), Text():
            limits = (left.max_length, right.max_length)
            bounded = [limit for limit in limits if limit is not None]
            return Text(
                max_length=max(bounded) if len(bounded) == len(limits) else None,
                min_length=min(left.min_length, right.min_length),
            )
        case Number(), Number():
            return Number(min(left.low, right.low), max(left.high, right.high))
        case Choice(), Choice():
            options = tuple(dict.fromkeys((*left.options, *right.options)))
            return Choice(options, or_uri=left.or_uri or right.or_uri)
        case ListOf(), ListOf():
            return ListOf(widest(left.item, right.item))
        case _:
            return right


def _of_text(rule: Text, subject: str, value: Json) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{subject} must be a string"
    elif rule.max_length is not None and len(value) > rule.max_length:
        yield f"{subject} must be shorter than or equal to {rule.max_length} characters"
    elif len(value) < rule.min_length:
        yield f"{subject} must be longer than or equal to {rule.min_length} characters"


def _of_number(rule: Number, subject: str, value: Json) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield f"{subject} must be a number conforming to the specified constraints"
    elif value < rule.low:
        yield f"{subject} must not be less than {rule.low:g}"
    elif value > rule.high:
        yield f"{subject} must not be greater than {rule.high:g}"


def _of_choice(rule: Choice, subject: str, value: Json) -> Iterator[str]:
    if value not in rule.options and not (rule.or_uri and _is_uri(value)):
        yield f"{subject} must be one of the following values: {', '.join(rule.options)}"


def _of_list(rule: ListOf, subject: str, value: Json) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{subject} must be an array"
        return
    for index, item in enumerate(value):
        if isinstance(rule.item, Shape):
            yield from complaints(rule.item, f"{subject}.{index}", item)
            continue
        found = list(complaints(rule.item, f"each value in {subject}", item))
        if found:
            yield from found
            return  # class-validator says it once for the whole array


def _of_shape(rule: Shape, subject: str, value: Json) -> Iterator[str]:
    if rule.word is not None and value == rule.word:
        return
    if not isinstance(value, dict):
        yield f"{subject} must be an object"
        return
    for name, member in rule.members.items():
        found = value.get(name)
        if found is not None or name in rule.required:
            yield from complaints(member, f"{subject}.{name}", found)


def _is_uuid(value: Json) -> bool:
    try:
        return isinstance(value, str) and str(UUID(value)) == value.lower()
    except ValueError:
        return False


def _is_uri(value: Json) -> bool:
    try:
        return isinstance(value, str) and bool(urlsplit(value).scheme and urlsplit(value).netloc)
    except ValueError:
        return False
