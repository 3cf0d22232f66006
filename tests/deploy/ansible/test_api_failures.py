"""What the API may answer instead of what was asked for: repeated where that is right, else a sentence."""

from typing import Any
from unittest.mock import patch

import pytest

from tests.deploy.ansible.module import Api, ApiError, Cloud
from tests.digitalocean.server import Fault

PATH = "/tags/one"


def call(cloud: Cloud, method: str = "GET", *faults: tuple[int, dict[str, Any]], patience: int = 20) -> str:
    """Ask for a tag while the API fails, and return the sentence with which that ended, "" if it was answered."""
    cloud.account.ensure_tag("one")
    path = "/v2/tags" if method == "POST" else "/v2" + PATH
    cloud.api.faults = [Fault(method, path, status, **how) for status, how in faults]
    api = Api(cloud.api.url, cloud.api.token, timeout=4, pause=5, patience=patience)
    with patch.object(Api, "clock", cloud.account.clock):
        try:
            api.call(method, path.removeprefix("/v2"), {"name": "one"} if method == "POST" else None)
        except ApiError as error:
            return str(error)
    return ""


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (401, "Put a valid API token into DIGITALOCEAN_TOKEN."),
        (403, "The token may lack a scope; docs/droplets.md lists them."),
        (404, "It is not there, or no longer; run the playbook again."),
        (422, "Correct the value that it names."),
    ],
)
def test_refusal_is_a_sentence_with_message_request_and_remedy(cloud: Cloud, status: int, remedy: str) -> None:
    sentence = call(cloud, "GET", (status, {"message": "No, thanks."}))
    assert sentence.startswith(f"GET {PATH}: DigitalOcean answered {status}: No, thanks. (request id ")
    assert "unknown" not in sentence
    assert sentence.endswith(remedy)
    assert len(cloud.api.calls) == 1


def test_limit_is_waited_out_as_long_as_the_api_asks(cloud: Cloud) -> None:
    assert call(cloud, "POST", (429, {"retry_after": 17})) == ""
    assert cloud.passed == 17


def test_limit_beyond_the_patience_is_told_at_once(cloud: Cloud) -> None:
    sentence = call(cloud, "GET", (429, {"retry_after": 3600}))
    assert "It takes more than droplet_patience (20 s)" in sentence
    assert cloud.passed == 0


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("status", [0, 500, 503])
def test_passing_failure_of_what_may_be_repeated_is_repeated(cloud: Cloud, method: str, status: int) -> None:
    assert call(cloud, method, (status, {"times": 3})) == ""
    assert (cloud.passed, len(cloud.api.calls)) == (15, 4)


@pytest.mark.parametrize("status", [0, 500])
def test_what_may_have_been_carried_out_is_not_repeated(cloud: Cloud, status: int) -> None:
    sentence = call(cloud, "POST", (status, {"carried_out": True}))
    assert sentence.startswith("POST /tags: no answer (" if status == 0 else "POST /tags: DigitalOcean answered 500: ")
    assert "It was not repeated, since it may have been done: run the playbook again" in sentence
    assert len(cloud.api.calls) == 1


def test_lasting_failure_ends_with_the_patience(cloud: Cloud) -> None:
    assert call(cloud, "GET", (500, {"times": 99})).endswith(
        "It takes more than droplet_patience (20 s): run the playbook again later."
    )
    assert cloud.passed == 20


def test_unreachable_api_is_told(cloud: Cloud) -> None:
    api = Api("http://127.0.0.1:9", "token", timeout=1, pause=5, patience=5)
    with patch.object(Api, "clock", cloud.account.clock), pytest.raises(ApiError, match=r"do_api_url .* may be wrong"):
        api.call("GET", "/tags")


def test_all_pages_are_read(cloud: Cloud) -> None:
    for number in range(7):
        cloud.account.ensure_tag(f"tag-{number}")
    api = Api(cloud.api.url, cloud.api.token, timeout=4, pause=5, patience=5)
    assert [tag["name"] for tag in api.all("/tags", "tags")] == [f"tag-{number}" for number in range(7)]
    assert cloud.api.calls == ["GET /v2/tags"] * 3


@pytest.mark.parametrize("token", ["", "  ", "two words", "a\nline"])
def test_missing_token_stops_at_once(cloud: Cloud, token: str) -> None:
    result = cloud.run(token=token)
    assert result.failure.startswith("No API token: make one at cloud.digitalocean.com/account/api/tokens")
    assert result.calls == []


def test_wrong_token_stops_with_the_first_call(cloud: Cloud) -> None:
    result = cloud.run(token="dop_v1_wrong")
    assert "DigitalOcean answered 401: Unable to authenticate you" in result.failure
    assert len(result.calls) == 1
    assert "dop_v1_wrong" not in str(result.answer)
