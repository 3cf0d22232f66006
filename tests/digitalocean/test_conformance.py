"""The stand-in is no friendlier than the API: its judge finds what DigitalOcean's description does not allow."""

from typing import Any

from tests.digitalocean.account import Account
from tests.digitalocean.conformance import DESCRIPTION, Conformance
from tests.digitalocean.droplets import droplets_create

ORDER = {"name": "one", "region": "fra1", "size": "s-1vcpu-1gb", "image": "debian-13-x64", "ssh_keys": [], "tags": []}

if DESCRIPTION is not None:
    judge = Conformance(DESCRIPTION)

    def complaints(body: dict[str, Any], *, path: str = "/v2/droplets", status: int = 202) -> str:
        """Return what is wrong with an order of a Droplet, all in one line."""
        answer = droplets_create(Account(), ORDER)
        return " ".join(judge.complaints("POST", path, {}, body, status, answer))

    def test_right_call_passes() -> None:
        assert complaints(ORDER) == ""

    def test_wrong_calls_are_found() -> None:
        assert "is no call of the API" in complaints(ORDER, path="/v2/droplet")
        assert "not valid" in complaints({key: value for key, value in ORDER.items() if key != "size"})
        assert "$.ssh_key is unknown" in complaints(ORDER | {"ssh_key": []})
        assert "not valid" in complaints(ORDER | {"region": 7})
        assert "answered 404" in complaints(ORDER, status=404)
        assert "never answers 200" in complaints(ORDER, status=200)

    def test_unknown_parameter_is_found() -> None:
        found = judge.complaints("GET", "/v2/droplets", {"tag": "x"}, None, 200, {"droplets": [], "meta": {"total": 0}})
        assert list(found) == ["GET /v2/droplets has no parameter tag."]
