"""A Droplet's stand-in: a whole Debian with its own systemd and sshd, in a namespace of the test's network."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Self

from tests.support.programs import ROOT, require

IMAGE = ROOT / ".programs/droplet/root"
CACHE_STAMP = "var/lib/apt/periodic/update-success-stamp"


class Guest:
    """A guest of systemd-nspawn, on a layer of its own above the image; a context manager.

    `folder` holds the layer, `address` is where the thread that uses the guest reaches its sshd, `key` the private key.
    """

    def __init__(self, name: str, namespace: Path, address: str, folder: Path, key: Path) -> None:
        self.name, self.namespace, self.address, self.folder, self.key = name, namespace, address, folder, key
        self.root = folder / "root"

    def __enter__(self) -> Self:
        upper, work = self.folder / "upper", self.folder / "work"
        for made in (self.root, upper, work, upper / "root/.ssh", upper / "etc/ssh", upper / "var/lib/apt/periodic"):
            made.mkdir(parents=True)
        (upper / "root").chmod(0o700)
        (upper / "etc/hostname").write_text(f"{self.name}\n")
        shutil.copy(self.key.with_suffix(".pub"), upper / "root/.ssh/authorized_keys")
        subprocess.run([require("ssh-keygen"), "-A", "-f", str(upper)], check=True, capture_output=True)
        # There is no mirror in reach: apt believes that its lists are fresh.
        (upper / CACHE_STAMP).touch()
        layers = f"lowerdir={IMAGE},upperdir={upper},workdir={work}"
        subprocess.run([require("mount"), "-t", "overlay", "overlay", "-o", layers, str(self.root)], check=True)
        try:
            self._boot()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if hasattr(self, "_process"):
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.kill()
        subprocess.run([require("umount"), str(self.root)], check=True)

    def _boot(self) -> None:
        command = [
            *(require("systemd-nspawn"), "--quiet", "--boot", "--register=no", "--keep-unit", "--console=read-only"),
            f"--directory={self.root}",
            f"--machine={self.name}",
            # Without it the guest's sshd would take the machine's own port 22.
            f"--network-namespace-path={self.namespace}",
        ]
        with (self.folder / "console").open("ab") as console:
            self._process = subprocess.Popen(
                command,
                env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
            )

    def wait(self, seconds: float = 60) -> None:
        """Return when it answers by ssh and its services have started."""
        deadline = time.monotonic() + seconds
        while self.try_run("systemctl is-system-running --wait")[1].strip() not in ("running", "degraded"):
            assert self._process.poll() is None, (self.folder / "console").read_text(errors="replace")
            assert time.monotonic() < deadline, f"{self.name} did not start within {seconds} s"
            time.sleep(0.2)

    def ssh(self, command: str) -> list[str]:
        """Return the command line that runs a shell command on the guest."""
        options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "ConnectTimeout=3"]
        arguments = [require("ssh"), "-i", str(self.key), *(f"-o{option}" for option in options)]
        return [*arguments, f"root@{self.address}", command]

    def try_run(self, command: str) -> tuple[int, str]:
        """Run a shell command by ssh; return its exit code and what it wrote."""
        finished = subprocess.run(
            self.ssh(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        return finished.returncode, finished.stdout

    def run(self, command: str) -> str:
        """Run a shell command by ssh; return what it wrote. Raises AssertionError when it fails."""
        code, output = self.try_run(command)
        assert code == 0, f"{command!r} on {self.name} ended with {code}: {output}"
        return output

    def kill(self) -> None:
        """Let it stop at once, as when its host fails."""
        # Its init, the only child, takes all of the guest with it. Without systemd-nspawn it would go on.
        init = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text()
        for process in init.split():
            os.kill(int(process), signal.SIGKILL)
        self._process.wait()

    def boot(self) -> None:
        """Start it again, and return when it has."""
        self._boot()
        self.wait()

    def reboot(self) -> None:
        """Boot anew, and return when it has."""
        self.try_run("systemctl reboot")
        # systemd-nspawn cannot boot this layer anew itself: it ends, as with a switch turned off.
        self._process.wait(timeout=60)
        self.boot()
