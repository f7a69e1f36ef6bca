"""A store of objects that refuses: each reason in its own words, and what is asked again."""

from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path

import pytest
from backends.object_server import S3_KEYS
from backends.place import Place, holder
from backends.relay import Answer, Fault, Relay, Request
from backends.written import begun, recorded, state_of

from assistants_sync.errors import StateError
from assistants_sync.model.state import Generation


def _s3_error(status: int, code: str, words: str, **headers: str) -> Answer:
    body = f"<?xml version='1.0'?>\n<Error><Code>{code}</Code><Message>{words}</Message></Error>"
    told = {"Content-Type": "application/xml", **headers}
    return Answer(status, list(told.items()), body.encode())


SLOW_DOWN = _s3_error(503, "SlowDown", "Please reduce your request rate.")

# Source: docs.aws.amazon.com, "Amazon S3 API Reference: Error responses", read 2026-11-21.
REFUSALS = {
    "no such bucket": (
        _s3_error(404, "NoSuchBucket", "The specified bucket does not exist"),
        "NoSuchBucket",
    ),
    "not allowed": (_s3_error(403, "AccessDenied", "Access Denied"), "AccessDenied"),
    "signed for another region": (
        _s3_error(
            400,
            "AuthorizationHeaderMalformed",
            "The region 'us-east-1' is wrong; expecting 'eu-central-1'",
        ),
        "The region 'us-east-1' is wrong; expecting 'eu-central-1'",
    ),
    "in another region": (
        _s3_error(
            301,
            "PermanentRedirect",
            "The bucket must be addressed using the specified endpoint.",
            **{"x-amz-bucket-region": "eu-central-1"},
        ),
        "region",
    ),
}


class _Refusing(Relay):
    """A server that refuses every request."""

    answer = SLOW_DOWN

    def handle(self, request: Request) -> Answer:
        self.seen.append(request)
        return self.answer


@pytest.fixture
def refusing() -> Iterator[_Refusing]:
    with _Refusing("http://127.0.0.1:1") as server:
        yield server


@pytest.mark.parametrize("does", ["lock", "read"])
@pytest.mark.parametrize("name", REFUSALS)
async def test_each_refusal_is_told_in_the_words_of_the_store(
    refusing: _Refusing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, does: str
) -> None:
    refusing.answer, words = REFUSALS[name]
    environ = {**S3_KEYS, "AWS_ENDPOINT_URL_S3": refusing.endpoint}
    for variable, value in environ.items():
        monkeypatch.setenv(variable, value)
    here = Place("s3", tmp_path, "s3://team/state", environ)
    with pytest.raises(StateError) as caught:
        await (here.backend().lock.take(holder()) if does == "lock" else here.backend().load())
    told = str(caught.value)
    assert words in told
    assert "s3://team/state" in told
    assert not [each for each in S3_KEYS.values() if "canary" in each and each in told]
    assert caught.value.diagnostic.hint


@pytest.mark.usefixtures("bucket")
async def test_a_busy_store_is_asked_again_to_read_and_once_to_write(
    place: Place, far: Place, relay: Relay
) -> None:
    relay.busy = SLOW_DOWN
    store = await begun(place)
    await store.append([recorded(1)])
    with relay.spoils(Fault.REFUSE, lambda _request: True, times=3):
        late = far.store()
        assert (await late.read()).generation == Generation(3, 1)
    is_write = attrgetter("writes")
    with relay.spoils(Fault.REFUSE, is_write), pytest.raises(StateError, match="503"):
        await late.append([recorded(2)])
    assert recorded(2).address not in (await state_of(place)).owned
    await late.append([recorded(2)])
    assert recorded(2).address in (await state_of(place)).owned
