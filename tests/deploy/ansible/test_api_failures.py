"""What the API may answer instead of what was asked for: repeated where that is right, else a sentence."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from tests.deploy.ansible.playbooks import Operator, attempt
from tests.digitalocean.server import Fault, StandIn

# A run of Ansible with many cases is behind the first test.
pytestmark = pytest.mark.timeout(1200)

CASES = {
    "forbidden": ("GET", Fault("GET", "/v2/tags/forbidden", 403)),
    "missing": ("GET", None),
    "limited": ("GET", Fault("GET", "/v2/tags/limited", 429, retry_after=2)),
    "exhausted": ("GET", Fault("GET", "/v2/tags/exhausted", 429, retry_after=3600)),
    "shaky": ("GET", Fault("GET", "/v2/tags/shaky", 503)),
    "broken": ("GET", Fault("GET", "/v2/tags/broken", 500, times=99)),
    "silent": ("GET", Fault("GET", "/v2/tags/silent", 0)),
    "unlucky": ("DELETE", Fault("DELETE", "/v2/tags/unlucky", 500)),
}


@pytest.fixture(scope="module")
def failures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One call for each case, in one run."""
    with StandIn(silence=6.0) as api:
        api.faults += [fault for _, fault in CASES.values() if fault]
        for name in CASES:
            if name != "missing":
                api.account.ensure_tag(name)
        operator = Operator(api, tmp_path_factory.mktemp("operator"))
        common = {"droplet_api_url": api.url, "droplet_patience": 3, "droplet_pause": 1, "droplet_timeout": 4}
        cases: dict[str, dict[str, Any]] = {
            name: {"case_tasks": "call", "droplet_method": method, "droplet_path": f"/tags/{name}"}
            for name, (method, _) in CASES.items()
        }
        order = {
            "name": "one",
            "region": "fra1",
            "size": "s-99vcpu",
            "image": "debian-13-x64",
            "tags": [],
            "ssh_keys": [],
        }
        cases["refused"] = {"case_tasks": "call", "droplet_method": "POST", "droplet_path": "/droplets"}
        cases["refused"]["droplet_body"] = order
        sentences, _ = attempt(operator, {name: common | case for name, case in cases.items()})
        yield SimpleNamespace(api=api, sentences=sentences)


def tried(failures: Any, case: str) -> int:
    """Return how often the case's call was made."""
    return sum(call.endswith(f"/tags/{case}") for call in failures.api.calls)


@pytest.mark.parametrize(
    ("case", "status", "remedy"),
    [
        ("forbidden", 403, "The token may lack a scope; docs/droplets.md lists them."),
        ("missing", 404, "It is not there, or no longer; run the playbook again."),
        ("exhausted", 429, "It asks for more patience than droplet_patience (3 s)"),
        ("broken", 500, "run the playbook again"),
        ("refused", 422, "Correct the value that it names."),
    ],
)
def test_refusal_is_a_sentence_with_message_request_and_remedy(
    failures: Any, case: str, status: int, remedy: str
) -> None:
    sentence = failures.sentences[case]
    assert f"DigitalOcean answered {status}: " in sentence
    assert "(request id " in sentence
    assert "unknown)" not in sentence
    assert remedy in sentence


def test_the_message_of_the_api_is_told(failures: Any) -> None:
    assert "You specified an invalid size for Droplet creation." in failures.sentences["refused"]


def test_limit_is_waited_out_as_long_as_the_api_asks(failures: Any) -> None:
    assert failures.sentences["limited"] == ""
    assert tried(failures, "limited") == 2
    assert tried(failures, "exhausted") == 1


def test_passing_failure_of_what_may_be_repeated_is_repeated(failures: Any) -> None:
    assert [failures.sentences[case] for case in ("shaky", "silent", "unlucky")] == ["", "", ""]
    assert [tried(failures, case) for case in ("shaky", "silent", "unlucky")] == [2, 2, 2]


def test_lasting_failure_ends_with_the_patience(failures: Any) -> None:
    assert 2 <= tried(failures, "broken") <= 4


@pytest.mark.parametrize(
    ("token", "sentence"),
    [
        ("", "No API token: make one at cloud.digitalocean.com/account/api/tokens"),
        ("dop_v1_wrong", "DigitalOcean answered 401: Unable to authenticate you"),
    ],
)
def test_missing_or_wrong_token_stops_at_once(failures: Any, tmp_path: Any, token: str, sentence: str) -> None:
    outcome = Operator(failures.api, tmp_path).play("site.yml", token=token)
    assert outcome.code != 0
    assert sentence in outcome.words
    assert outcome.calls == (["GET /v2/account"] if token else [])
