"""A site in a container, and requests to it."""

from dataclasses import dataclass
from http import HTTPStatus

from tests.rehearsal.pods import network
from tests.rehearsal.pods.engine import Engine
from tests.support.servers import Answer, get


@dataclass(frozen=True)
class Container:
    """A container by its name or ID, on its node and in the network namespace that is its own."""

    node: Engine
    net: str
    name: str

    def get(self, port: int, path: str, **headers: str) -> Answer:
        """Return the response to a request from inside the container's network."""
        return network.inside(self.net, lambda: get(f"http://127.0.0.1:{port}{path}", headers))

    def shell(self, script: str) -> str:
        return self.node.podman("exec", self.name, "sh", "-c", script)

    def state(self, field: str) -> str:
        """Return a field of podman's state of it: `Status`, `ExitCode`, or `Pid`, which is 0 when it does not run."""
        return self.node.podman("inspect", self.name, f"--format={{{{.State.{field}}}}}").strip()

    def wait_until_ready(self) -> None:
        network.until(lambda: self.get(8001, "/readyz").status == HTTPStatus.OK, 30, f"{self.name} is ready")
