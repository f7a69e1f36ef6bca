"""What the journal's entries do to the books, and what recovery makes of open intents."""

from collections.abc import Iterable

from protocol.moment import Books, Intent, Owned, Thing
from protocol.premises import Protocol


def intended(books: Books, intent: Intent) -> Books:
    """Give the books with an intent more."""
    return books._replace(intents=(*books.intents, intent))


def done(books: Books, intent: Intent, made: Thing | None) -> Books:
    """Give the books after a write took effect; None made: the object is gone."""
    others = tuple(each for each in books.owned if each.address != intent.work)
    settled = _settled(books, intent.id)
    if made is None:
        return settled._replace(owned=others)
    now = Owned(intent.work, made.id, intent.id, "wanted", made.body)
    return settled._replace(owned=tuple(sorted((*others, now))))


def failed(books: Books, intent_id: int, *, watch: bool = False) -> Books:
    """Give the books after a write that did not happen, watched for if it may yet."""
    settled = _settled(books, intent_id)
    return settled._replace(watch=(*books.watch, intent_id)) if watch else settled


def of_attempt(protocol: Protocol, things: Iterable[Thing], attempt: int) -> Thing | None:
    """Give the object an attempt made: the oldest that bears its id."""
    made = [each for each in things if each.is_marked and each.attempt == attempt]
    return (min if protocol.binds_oldest else max)(made, default=None)


def judged(
    protocol: Protocol, view: Books, things: tuple[Thing, ...], *, has_waited: bool
) -> tuple[Books, bool]:
    """Give the books after recovery, and whether a create is still in the dark."""
    books, is_dark = view, False
    live = {each.id: each for each in things}
    for intent in view.intents:
        there = live.get(intent.target or 0)
        if intent.work == "create":
            made = of_attempt(protocol, (each for each in things if each.is_listed), intent.id)
            if made:
                books = done(books, intent, made)
            elif has_waited or not protocol.waits:
                books = failed(books, intent.id, watch=True)
            else:
                is_dark = True
        elif intent.work == "delete" and there is None:
            books = done(books, intent, None)
        elif intent.work == "update" and there and there.write == intent.id:
            books = done(books, intent, there)
        else:
            books = failed(books, intent.id, watch=protocol.watches and intent.work == "update")
    return books, is_dark


def _settled(books: Books, intent_id: int) -> Books:
    return books._replace(intents=tuple(each for each in books.intents if each.id != intent_id))
