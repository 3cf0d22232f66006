"""What DigitalOcean does: its API's stand-in, and the network that follows the API."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.digitalocean.catalogue import Json
from tests.digitalocean.droplets import droplets_create
from tests.digitalocean.server import StandIn
from tests.rehearsal.droplets.network import Network


class Provider:
    """Two edge Droplets by name, and the reserved IP, which the first has at the beginning."""

    def __init__(self, network: Network, host: str, reserved_ip: str, edges: tuple[str, ...]) -> None:
        self.api, self.network, self.reserved_ip = StandIn(host=host), network, reserved_ip
        self.ids = {self._droplet(name)["id"]: name for name in edges}
        self.reserved = self.api.account.add_reserved_ip("fra1", self.api.account.droplets[0])
        self.reserved["ip"] = reserved_ip
        # On the real cloud an action takes seconds.
        self.api.account.delays.action = 3
        self._ended = threading.Event()

    def _droplet(self, name: str) -> Json:
        order = {"name": f"homercovilha-{name}", "region": "fra1", "size": "s-1vcpu-1gb", "image": "debian-13-x64"}
        droplets_create(self.api.account, order | {"tags": [], "ssh_keys": []})
        return self.api.account.droplets[-1]

    @property
    def holder(self) -> str:
        """The edge that has the reserved IP."""
        return self.ids[self.reserved["droplet"]["id"]]

    @contextmanager
    def serve(self) -> Iterator[None]:
        """Serve the API on the calling thread's network; move the address to whichever edge the account names."""
        at = self.holder
        self.network.address(at, "public0", f"{self.reserved_ip}/24")

        def follow(at: str) -> None:
            while not self._ended.wait(0.1):
                self.api.settle()
                if self.holder != at:
                    self.network.move(f"{self.reserved_ip}/24", "public0", at, self.holder)
                    at = self.holder

        thread = threading.Thread(target=follow, args=(at,))
        with self.api:
            thread.start()
            try:
                yield
            finally:
                self._ended.set()
                thread.join()
