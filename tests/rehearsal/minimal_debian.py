"""Debian with what the README asks for and nothing else, for a command in a clone of this repository."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.rehearsal.pods import stand_in
from tests.support.programs import ROOT, require

PACKAGES = "python3,python3-venv,make,git,ca-certificates"
# The Python of each release, for which the wheels are fetched here.
PYTHON = {"bookworm": "3.11", "trixie": "3.13"}
USER_ID = 1000


def command(release: str, user: str, clone: Path, script: str) -> list[str]:
    """Return the command that runs a script in the clone there, as `visitor` or `root`.

    The network is this machine's. What is written outside the clone is lost at the end.
    """
    home = f"/home/{user}" if user != "root" else "/root"
    if user != "root":
        for path in (clone, *clone.rglob("*")):
            os.chown(path, USER_ID, USER_ID, follow_symlinks=False)
    return [
        *(require("systemd-nspawn"), "--quiet", "--register=no", "--keep-unit", "--as-pid2", "--pipe"),
        f"--machine=minimal-{os.getpid()}",
        *(f"--directory={_root(release)}", "--volatile=overlay", f"--user={user}"),
        f"--bind={clone}:{home}/homercovilha",
        f"--chdir={home}/homercovilha",
        # Packages come from a folder, so that it does not matter how this machine reaches an index.
        f"--bind-ro={stand_in.wheels(PYTHON[release])}:/wheels",
        *("--setenv=PIP_NO_INDEX=1", "--setenv=PIP_FIND_LINKS=/wheels"),
        *("sh", "-c", script),
    ]


def _root(release: str) -> Path:
    """Return the root file system of a release. It is made once, which takes half a minute."""
    root = ROOT / f".programs/minimal/{release}"
    if not root.exists():
        root.parent.mkdir(parents=True, exist_ok=True)
        unfinished = root.with_name(f"{release}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        hook = f'chroot "$1" useradd --create-home --uid {USER_ID} visitor'
        options = ["--quiet", "--variant=minbase", f"--include={PACKAGES}", f"--customize-hook={hook}"]
        subprocess.run([require("mmdebstrap"), *options, release, str(unfinished)], check=True)
        unfinished.rename(root)
    return root
