"""The stand-in is no friendlier than the API: its judge finds what DigitalOcean's description does not allow."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.digitalocean.account import Account
from tests.digitalocean.conformance import DESCRIPTION, EXTRACT, Conformance
from tests.digitalocean.droplets import droplets_create
from tests.digitalocean.extract import extract

ORDER = {"name": "one", "region": "fra1", "size": "s-1vcpu-1gb", "image": "debian-13-x64", "ssh_keys": [], "tags": []}


@pytest.fixture(scope="module", params=[DESCRIPTION, EXTRACT], ids=["whole", "extract"])
def judge(request: pytest.FixtureRequest) -> Conformance:
    """Return the judge with the whole description, where it is there, and with the repository's extract of it."""
    return Conformance(request.param)


def complaints(judge: Conformance, body: dict[str, Any], *, path: str = "/v2/droplets", status: int = 202) -> str:
    """Return what is wrong with an order of a Droplet, all in one line."""
    answer = droplets_create(Account(), ORDER)
    return " ".join(judge.complaints("POST", path, {}, body, status, answer))


def test_right_call_passes(judge: Conformance) -> None:
    assert complaints(judge, ORDER) == ""


def test_wrong_calls_are_found(judge: Conformance) -> None:
    assert "is no call of the API" in complaints(judge, ORDER, path="/v2/droplet")
    assert "not valid" in complaints(judge, {key: value for key, value in ORDER.items() if key != "size"})
    assert "$.ssh_key is unknown" in complaints(judge, ORDER | {"ssh_key": []})
    assert "not valid" in complaints(judge, ORDER | {"region": 7})
    assert "answered 404" in complaints(judge, ORDER, status=404)
    assert "never answers 200" in complaints(judge, ORDER, status=200)


def test_unknown_parameter_is_found(judge: Conformance) -> None:
    found = judge.complaints("GET", "/v2/droplets", {"tag": "x"}, None, 200, {"droplets": [], "meta": {"total": 0}})
    assert list(found) == ["GET /v2/droplets has no parameter tag."]


def test_extract_is_of_this_description() -> None:
    """Where the whole description is not there, the extract of the extract is it again."""
    extracted = extract(json.loads(Path(DESCRIPTION).read_text()))
    assert extracted == json.loads(EXTRACT.read_text()), "python -m tests.digitalocean.extract makes it anew"
