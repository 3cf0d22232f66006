"""podman and buildah with a store of their own, so that nothing of this machine's is touched."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.support.programs import require

# crun, Debian's default, wants a unified cgroup hierarchy.
CONFIGURATION = """
[containers]
default_ulimits = []
base_hosts_file = "{folder}/hosts"
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""
STORAGE = """
[storage]
driver = "overlay"
graphroot = "{folder}/images"
runroot = "{folder}/run"
[storage.options]
additionalimagestores = [{others}]
"""


class Engine:
    """Runs podman and buildah as root, with everything they store in `folder`; reads images also from another engine.

    `hosts` is what stands in the /etc/hosts of its containers.
    """

    def __init__(self, folder: Path, images: "Engine | None" = None, hosts: str = "127.0.0.1 localhost\n") -> None:
        self.folder = folder
        (folder / "hosts").write_text(hosts)
        others = f'"{images.folder}/images"' if images else ""
        (folder / "containers.conf").write_text(CONFIGURATION.format(folder=folder))
        (folder / "storage.conf").write_text(STORAGE.format(folder=folder, others=others))
        self.environ = {
            **os.environ,
            "CONTAINERS_CONF": str(folder / "containers.conf"),
            "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf"),
        }

    def podman(self, *arguments: str, network: str | None = None) -> str:
        """Return what podman prints. `network` is the network namespace that stands for the host's network."""
        # `ip netns exec` would hide the control groups from it.
        enter = [require("nsenter"), f"--net=/run/netns/{network}"] if network else []
        return self._run([*enter, require("podman"), *arguments])

    def buildah(self, *arguments: str) -> str:
        return self._run([require("buildah"), *arguments])

    def remove_everything(self) -> None:
        """End and remove all pods, containers and images."""
        self.podman("pod", "rm", "--all", "--force", "--time=0")
        self.podman("rm", "--all", "--force", "--time=0")
        # Not by podman: it would look at the images of the other engine too.
        shutil.rmtree(self.folder / "images")

    def _run(self, command: list[str]) -> str:
        done = subprocess.run(command, env=self.environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
        return done.stdout
