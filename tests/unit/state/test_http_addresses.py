"""Where a state server is asked what, and that a login only goes where somebody wants it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistants_sync.errors import AccessError, SyncError, UsageError
from assistants_sync.model.project import HttpState
from assistants_sync.state.http.addresses import Addresses, Door, find_addresses, numbered

GITLAB = "https://gitlab.example/api/v4/projects/team%2Fshop/terraform/state/prod"
GITEA = "https://git.example/api/packages/team/terraform/state/prod"
PLAIN = "https://state.example/shop"
LOGIN = {"TF_HTTP_USERNAME": "ann", "TF_HTTP_PASSWORD": "canary-password"}
ALLOWED = frozenset({"gitlab.example", "git.example", "state.example"})


def found(url: str, said: HttpState = HttpState(), /, **environ: str) -> Addresses:  # noqa: B008 -- it is frozen
    return find_addresses(url, said, environ, ALLOWED)


@pytest.mark.parametrize("url", [GITLAB, GITEA, f"{GITLAB}/"])
def test_a_forges_address_says_how_it_locks(url: str) -> None:
    addresses = found(url)
    assert addresses.state == url.rstrip("/")
    assert addresses.lock == addresses.unlock == f"{addresses.state}/lock"
    assert (addresses.lock_method, addresses.unlock_method) == ("POST", "DELETE")


def test_any_other_server_locks_where_its_state_is() -> None:
    assert found(PLAIN) == Addresses(PLAIN, PLAIN, PLAIN)


@pytest.mark.parametrize("url", [GITLAB, GITEA, f"{GITLAB}?tenant=1"])
def test_on_a_forge_the_journal_is_beside_the_state(url: str) -> None:
    addresses = found(url)
    path, _, query = url.partition("?")
    mark = f"?{query}" if query else ""
    assert addresses.journal == Door(
        f"{path}-journal{mark}", f"{path}-journal/lock{mark}", f"{path}-journal/lock{mark}"
    )
    assert addresses.journal_name == "prod-journal"
    assert [each.document for each in addresses.doors] == [url, f"{path}-journal{mark}"]


def test_elsewhere_it_is_where_the_project_file_says_and_locked_there() -> None:
    addresses = found(PLAIN, HttpState(journal_url=f"{PLAIN}-log"))
    assert addresses.journal == Door(f"{PLAIN}-log", f"{PLAIN}-log", f"{PLAIN}-log")
    assert addresses.journal_name == "shop-log"
    far = found(PLAIN, HttpState(journal_url="https://git.example/log?key=canary"))
    assert far.journal_name == "https://git.example/log"


@pytest.mark.parametrize("url", [GITLAB, PLAIN])
def test_the_states_own_address_keeps_the_journal_with_the_state(url: str) -> None:
    addresses = found(url, HttpState(journal_url=f"{url}/"))
    assert addresses.journal is None
    assert addresses.journal_name is None
    assert len(addresses.doors) == 1


def test_what_is_put_away_is_numbered_and_locked_where_it_is() -> None:
    journal = found(f"{GITLAB}?a=b").journal
    assert journal is not None
    away = f"{GITLAB}-journal-3"
    assert numbered(journal, 3) == Door(f"{away}?a=b", f"{away}/lock?a=b", f"{away}/lock?a=b")


def test_what_the_project_file_says_wins() -> None:
    said = HttpState(f"{PLAIN}/l", f"{PLAIN}/u", "PUT", "DELETE", "PATCH")
    addresses = found(PLAIN, said, TF_HTTP_LOCK_METHOD="LOCK", TF_HTTP_UPDATE_METHOD="PUT")
    expected = Addresses(PLAIN, f"{PLAIN}/l", f"{PLAIN}/u", "PUT", "DELETE", "PATCH")
    assert addresses == expected


def test_an_unlock_url_nobody_named_is_the_lock_url() -> None:
    assert found(PLAIN, HttpState(lock_url=f"{PLAIN}/l")).unlock == f"{PLAIN}/l"


def test_terraforms_variables_count_for_the_same_address() -> None:
    theirs = {
        "TF_HTTP_ADDRESS": f"{PLAIN}/",
        "TF_HTTP_LOCK_ADDRESS": f"{PLAIN}/l",
        "TF_HTTP_UNLOCK_ADDRESS": f"{PLAIN}/u",
        "TF_HTTP_LOCK_METHOD": "PUT",
        "TF_HTTP_UNLOCK_METHOD": "DELETE",
        "TF_HTTP_UPDATE_METHOD": "PUT",
    }
    expected = Addresses(PLAIN, f"{PLAIN}/l", f"{PLAIN}/u", "PUT", "DELETE", "PUT")
    assert found(PLAIN, **theirs) == expected


def test_the_lock_of_terraforms_own_state_is_never_taken_for_ours() -> None:
    theirs = {"TF_HTTP_ADDRESS": f"{PLAIN}-infra", "TF_HTTP_LOCK_ADDRESS": f"{PLAIN}-infra"}
    assert found(PLAIN, **theirs).lock == PLAIN


def test_a_login_comes_from_terraforms_variables_first() -> None:
    addresses = found("https://bob:other@state.example/shop", **LOGIN)
    assert (addresses.user, addresses.password) == ("ann", "canary-password")


def test_a_login_in_the_url_is_taken_out_of_it() -> None:
    addresses = found("https://bob%40x:p%2Fq@state.example/shop")
    assert (addresses.user, addresses.password, addresses.state) == ("bob@x", "p/q", PLAIN)


def test_a_job_token_only_goes_to_the_gitlab_whose_job_it_is() -> None:
    job = {"CI_JOB_TOKEN": "canary-token", "CI_SERVER_HOST": "gitlab.example"}
    addresses = found(GITLAB, **job)
    assert (addresses.user, addresses.password) == ("gitlab-ci-token", "canary-token")
    assert found(PLAIN, **job).user is None


def test_half_a_login_is_refused() -> None:
    with pytest.raises(UsageError, match="Half a login"):
        found(PLAIN, TF_HTTP_PASSWORD="canary-password")


def test_nothing_of_a_login_shows() -> None:
    addresses = found("https://bob:canary-url@state.example/shop?key=canary-query", **LOGIN)
    assert "canary-password" not in repr(addresses)
    assert "canary-url" not in repr(addresses)
    assert addresses.shown == PLAIN


@pytest.mark.parametrize(
    "environ",
    [
        {"TF_HTTP_ADDRESS": "https://new.example/other"},
        {"CI_SERVER_HOST": "new.example"},
    ],
)
def test_a_host_the_environment_names_is_trusted(environ: dict[str, str]) -> None:
    assert found("https://new.example/shop", **environ).state == "https://new.example/shop"


def test_a_url_from_whoever_runs_us_is_trusted_and_the_file_beside_it_is_not() -> None:
    url, nobody = "https://u:p@new.example/shop", frozenset[str]()
    assert find_addresses(url, HttpState(), {}, nobody, is_trusted=True).user == "u"
    with pytest.raises(AccessError):
        find_addresses(
            url, HttpState(lock_url="https://evil.example/l"), {}, nobody, is_trusted=True
        )


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/shop",
        "https://state.example.evil.example/shop",
        "https://state.example@evil.example/shop",
        "https://169.254.169.254/latest",
        "https://0.0.0.0/shop",
        "http://localhost.evil.example/shop",
    ],
)
def test_a_login_never_goes_to_a_host_the_project_file_alone_names(url: str) -> None:
    with pytest.raises(AccessError, match="may not be sent to this host") as refused:
        found(url, **LOGIN)
    assert "--allow-host" in str(refused.value.diagnostic.hint)


@pytest.mark.parametrize("key", ["lock_url", "unlock_url", "journal_url"])
def test_nor_by_the_address_of_the_lock_or_the_journal(key: str) -> None:
    said = replace(HttpState(), **{key: "https://evil.example/lock"})
    with pytest.raises(AccessError, match="may not be sent to this host"):
        found(PLAIN, said)


def test_a_host_that_was_allowed_with_its_port_is_not_allowed_with_another() -> None:
    allowed = frozenset({"new.example:8443"})
    find_addresses("https://new.example:8443/shop", HttpState(), {}, allowed)
    with pytest.raises(AccessError):
        find_addresses("https://new.example:9443/shop", HttpState(), {}, allowed)


def test_without_encryption_only_this_machine_is_spoken_to() -> None:
    with pytest.raises(AccessError, match="State without encryption"):
        found("http://state.example/shop")


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]:8080"])
def test_this_machine_needs_no_permission(host: str) -> None:
    assert find_addresses(f"http://{host}/s", HttpState(), {}, frozenset()).shown.startswith("http")


@pytest.mark.parametrize(
    "url",
    ["https://", "https:///shop", "http://u:canary@h:port/x", "https://[::1/x", "https://h:0"],
)
def test_what_is_no_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(UsageError, match="cannot be used") as refused:
        found(url)
    assert "canary" not in f"{refused.value.diagnostic}"


@given(st.text(max_size=30), st.sampled_from(["http", "https"]))
def test_whatever_is_written_a_login_goes_nowhere_else(text: str, scheme: str) -> None:
    try:
        addresses = find_addresses(f"{scheme}://{text}", HttpState(), LOGIN, ALLOWED)
    except SyncError:
        return
    host = addresses.state.partition("://")[2].partition("/")[0].partition("?")[0]
    assert host.partition(":")[0] in ALLOWED | {"localhost", "["} or host.startswith(("127.", "["))
