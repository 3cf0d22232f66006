"""The module `digitalocean_droplets` in this process, against the stand-in of the API, in time that passes at once."""

import contextlib
import io
import json
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from runpy import run_path
from typing import Any
from unittest.mock import patch

import ansible.module_utils
import pytest
from ansible.module_utils.testing import patch_module_args

from tests.digitalocean.account import Account
from tests.digitalocean.catalogue import Json
from tests.digitalocean.droplets import droplets_create
from tests.digitalocean.server import StandIn
from tests.support.programs import ROOT

ROLE = ROOT / "deploy/ansible/roles/droplet"
MACHINES: list[Json] = [
    {"group": "prometheus", "size": "s-1vcpu-2gb"},
    {"group": "edge", "size": "s-1vcpu-1gb", "reserved": True},
]
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGV4YW1wbGVleGFtcGxlZXhhbXBsZWV4YW1wbGU= operator"
# Ansible does the same when it packs the module.
ansible.module_utils.__path__.append(str(ROLE / "module_utils"))


def role_module(name: str) -> Any:
    """Return a module of the role's module_utils."""
    return import_module(f"ansible.module_utils.{name}")


Api = role_module("digitalocean_api").Api
ApiError = role_module("digitalocean_api").ApiError


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.passed = 0.0

    def monotonic(self) -> float:
        """Return the seconds that have passed."""
        return self.passed

    def sleep(self, seconds: float) -> None:
        """Let the seconds pass at once."""
        self.passed += seconds


@dataclass
class Result:
    """What the module answered, and the calls that it made."""

    answer: Json
    calls: list[str]

    @property
    def failure(self) -> str:
        """The sentence with which it stopped, "" if it did not."""
        return str(self.answer["msg"]) if self.answer.get("failed") else ""

    @property
    def changes(self) -> list[str]:
        """The calls that could change something."""
        return [call for call in self.calls if not call.startswith("GET")]

    @property
    def words(self) -> str:
        """What it says it did, or would do."""
        return " ".join(self.answer.get("changes", []))


@dataclass
class Cloud:
    """The stand-in with its account, and an operator's key."""

    api: StandIn
    key: Path
    variables: Json = field(default_factory=dict)

    @property
    def account(self) -> Account:
        """The account."""
        return self.api.account

    @property
    def passed(self) -> float:
        """The seconds that the operator has waited."""
        return self.account.clock.monotonic()

    def droplet(self, name: str, **changed: Any) -> Json:
        """Put a running Droplet there, made by hand: of an edge's size, with its name as its tag."""
        order = {"name": name, "region": "fra1", "size": "s-1vcpu-1gb", "image": "debian-13-x64", "tags": [name]}
        droplets_create(self.account, order | {"ssh_keys": []} | changed)
        self.account.settle()
        return self.account.droplets[-1]

    def run(self, *, check: bool = False, **arguments: Any) -> Result:
        """Run the module as Ansible does; the API may not complain, and the output may not have the token."""
        common: Json = {"url": self.api.url, "token": self.api.token, "site": "homercovilha", "region": "fra1"}
        common |= {"ssh_from": ["198.51.100.7/32"], "ssh_public_key_files": [str(self.key)], "machines": MACHINES}
        common |= {"only": ["prometheus", "edge"], "load_balancer": "homercovilha", "_ansible_check_mode": check}
        before, output = len(self.api.calls), io.StringIO()
        with (
            patch.object(Api, "clock", self.account.clock),
            patch_module_args(common | arguments),
            contextlib.redirect_stdout(output),
            contextlib.suppress(SystemExit),
        ):
            run_path(str(ROLE / "library/digitalocean_droplets.py"), run_name="__main__")
        assert self.api.token not in output.getvalue()
        assert self.api.complaints == [], self.api.complaints
        return Result(json.loads(output.getvalue()), self.api.calls[before:])

    def interrupt(self, carried_out: int, **arguments: Any) -> None:
        """Run the module, and interrupt it as by Ctrl-C after so many changes, before it knows their answers."""
        send, left = Api._send, carried_out

        def interrupted(api: Any, method: str, *rest: Any) -> Any:
            nonlocal left
            answer = send(api, method, *rest)
            left -= method != "GET"
            if not left:
                raise KeyboardInterrupt
            return answer

        with patch.object(Api, "_send", interrupted), pytest.raises(KeyboardInterrupt):
            self.run(**arguments)

    def succeed(self, **arguments: Any) -> Result:
        """Run the module; raises AssertionError with its sentence when it fails."""
        result = self.run(**arguments)
        assert result.failure == ""
        return result
