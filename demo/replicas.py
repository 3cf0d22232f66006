"""Three replicas of the site, supervised as Kubernetes does it: what ends is started again."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

from tests.support.servers import Gunicorn, free_port


class Replicas:
    """A replica at each of the `hosts`, all on the same two ports; a context manager."""

    def __init__(self, folder: Path, hosts: list[str], **environ: str) -> None:
        self.folder, self.hosts = folder, hosts
        self.port, self.internal_port = free_port(), free_port()
        self._environ = {
            "PORT": str(self.port),
            "INTERNAL_PORT": str(self.internal_port),
            # Their addresses never change, so they need no name service.
            "PEERS": ",".join(f"{host}:{self.internal_port}" for host in hosts),
            **environ,
        }
        self._servers: dict[str, Gunicorn] = {}
        self._pods = 0

    def pids(self) -> dict[str, int]:
        """Return for each address the process id of gunicorn's arbiter."""
        return {host: server.process.pid for host, server in self._servers.items()}

    def restart_ended(self) -> list[str]:
        """Start again what has ended; return a sentence about each.

        After SIGTERM, which ends gunicorn with 0, a new pod takes the address, as when a pod is deleted. Otherwise the
        same pod goes on with its counts, as when the kubelet restarts a container.
        """
        sentences = []
        for host, server in list(self._servers.items()):
            code = server.process.poll()
            if code is None:
                continue
            pod = server.environ["POD_NAME"]
            try:
                if code == 0:
                    new = self._new_pod(host).start().environ["POD_NAME"]
                    sentences.append(f"{pod} was stopped; {new} takes its place.")
                else:
                    server.start()
                    sentences.append(f"{pod} was killed; it was restarted with its counts.")
            except AssertionError as error:
                sentences.append(f"{pod} did not start ({error}); trying again.")
        return sentences

    def _new_pod(self, host: str) -> Gunicorn:
        pod = f"homercovilha-7b9c-live-{self._pods}"
        self._pods += 1
        self._servers[host] = Gunicorn(
            host=host,
            log=self.folder / f"{pod}.log",
            POD_NAME=pod,
            ALLOWED_HOSTS=f"localhost,127.0.0.1,{host}",
            PROMETHEUS_MULTIPROC_DIR=str(self.folder / pod),
            **self._environ,
        )
        return self._servers[host]

    def __enter__(self) -> Self:
        self.folder.mkdir()
        try:
            with ThreadPoolExecutor() as threads:
                list(threads.map(Gunicorn.start, [self._new_pod(host) for host in self.hosts]))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        started = [server.process for server in self._servers.values() if hasattr(server, "process")]
        for process in started:
            process.terminate()
        for process in started:
            process.wait(timeout=40)
