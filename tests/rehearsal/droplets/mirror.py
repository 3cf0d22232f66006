"""Release archives of Prometheus as the project lays them out, made from Debian's programs, on an HTTP server."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.programs import ROOT, require

NEWER, OLDER = ROOT / ".programs/prometheus/usr/bin", ROOT / ".programs/prometheus-older/usr/bin"
PORT = 8000


def version(programs: Path) -> str:
    """Return the version of the Prometheus in that folder, without what Debian adds to it."""
    said = subprocess.run(
        [require(str(programs / "prometheus")), "--version"], capture_output=True, text=True, check=True
    )
    return said.stdout.split()[2].split("+")[0]


def pack(programs: Path, folder: Path) -> Path:
    """Make `v<version>/` in the folder, with the archive and sha256sums.txt; return the archive."""
    name = f"prometheus-{version(programs)}.linux-amd64"
    archive = folder / f"v{version(programs)}" / f"{name}.tar.gz"
    archive.parent.mkdir(parents=True)
    command = ["tar", "--create", "--use-compress-program=gzip -1", f"--file={archive}", f"--directory={programs}"]
    subprocess.run([*command, f"--transform=s|^|{name}/|", "prometheus", "promtool"], check=True)
    checksum = hashlib.sha256(archive.read_bytes()).hexdigest()
    (archive.parent / "sha256sums.txt").write_text(f"{'0' * 64}  {name}.zip\n{checksum}  {archive.name}\n")
    return archive


@contextmanager
def serve(folder: Path, address: str) -> Iterator[str]:
    """Serve the folder on `address` of the network that the calling thread is in; yield the URL."""
    command = [sys.executable, "-m", "http.server", str(PORT), "--bind", address, "--directory", str(folder)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield f"http://{address}:{PORT}"
    finally:
        server.terminate()
        server.wait()
