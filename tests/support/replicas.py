"""Replicas of the site behind one name, as a headless Service lists them, on loopback addresses."""

import time
from collections import Counter
from pathlib import Path
from typing import Self

from prometheus_client.multiprocess import MultiProcessCollector

from tests.support.load import PAGES
from tests.support.programs import missing
from tests.support.servers import Gunicorn, free_port

NAME = "replicas.test"


class Replicas:
    """Starts and ends replicas, each at an address and with a folder of its own; a context manager.

    The name that all of them have in PEERS stands for those that are listed, as with a headless Service that
    publishes also those that are not ready: from their start to their very end.
    """

    def __init__(self, folder: Path, kind: type[Gunicorn] = Gunicorn, **environ: str) -> None:
        wrapper = next(Path("/usr/lib").glob("*/libnss_wrapper.so"), None) or missing("libnss_wrapper.so")
        self.folder, self.kind = folder, kind
        self.hosts_file = folder / "hosts"
        self.port, self.internal_port = free_port(), free_port()
        self.servers: dict[str, Gunicorn] = {}
        self.environ = {
            # The C library's own resolver answers, from a file of the test's instead of /etc/hosts.
            "LD_PRELOAD": str(wrapper),
            "NSS_WRAPPER_HOSTS": str(self.hosts_file),
            "PEERS": f"{NAME}:{self.internal_port}",
            "PORT": str(self.port),
            "INTERNAL_PORT": str(self.internal_port),
            **environ,
        }
        self._listed: list[str] = []

    def start(self, host: str) -> Gunicorn:
        """Start a replica at the address, listed from the first moment on."""
        folder = self.folder / host
        server = self.kind(
            host=host,
            log=self.folder / f"{host}.log",
            POD_NAME=f"pod-{host}",
            ALLOWED_HOSTS=f"localhost,127.0.0.1,{host}",
            PROMETHEUS_MULTIPROC_DIR=str(folder),
            **self.environ,
        )
        self._list([*self._listed, host])
        self.servers[host] = server.start()
        return server

    def unlist(self, host: str) -> None:
        """Take the address out of the name, as when its pod is deleted."""
        self._list([listed for listed in self._listed if listed != host])

    def counted(self, host: str) -> Counter[str]:
        """Return what the replica counted, by page, from its files, which outlive it."""
        collector = MultiProcessCollector(None, str(self.folder / host))
        counts = {sample.name: sample.value for metric in collector.collect() for sample in metric.samples}
        return Counter({page: int(counts[f"{page}_requests_total"]) for page in PAGES})

    def _list(self, hosts: list[str]) -> None:
        # The library reads the file again when its time of change, in whole seconds, is another one.
        if self.hosts_file.exists():
            time.sleep(max(0.0, 1.01 - (time.time() - int(self.hosts_file.stat().st_mtime))))
        self._listed = hosts
        unfinished = self.hosts_file.with_suffix(".unfinished")
        unfinished.write_text("".join(f"{host} {NAME}\n" for host in hosts))
        unfinished.replace(self.hosts_file)

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        for server in self.servers.values():
            if server.process.poll() is None:
                server.stop()
