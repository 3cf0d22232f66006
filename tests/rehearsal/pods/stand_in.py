"""A stand-in for the image that the Dockerfile builds on, where no registry of images is within reach.

It is Debian trixie with Debian's own Python 3.13, laid out like the official one as far as the Dockerfile can tell:
`python` and `pip` in /usr/local/bin, and a pip that may change the system. Its pip installs from the folder /wheels.
"""

import hashlib
import platform
import subprocess
import sys
from pathlib import Path

from tests.support.programs import ROOT, require

CACHE = ROOT / ".programs/stand-in"
INSTALL_PIP = """
rm /usr/lib/python3*/EXTERNALLY-MANAGED
ln -s /usr/bin/python3 /usr/local/bin/python
set -- /usr/share/python-wheels/pip-*.whl
python3 $1/pip install --quiet --no-index --root-user-action=ignore $1
printf '[install]\\nno-index = true\\nfind-links = /wheels\\n' >/etc/pip.conf
"""


def root_file_system() -> Path:
    """Return the stand-in as a tar archive. It is made once, which takes half a minute."""
    packages = "python3,python3-venv,python3-pip-whl,ca-certificates"
    archive = CACHE / f"root-{_digest(INSTALL_PIP + packages)}.tar"
    if not archive.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        unfinished = archive.with_suffix(".unfinished.tar")
        hook = f"chroot \"$1\" sh -ec '{INSTALL_PIP.replace(chr(39), chr(34))}'"
        command = [require("mmdebstrap"), "--quiet", "--variant=minbase", f"--include={packages}"]
        subprocess.run([*command, f"--customize-hook={hook}", "trixie", str(unfinished)], check=True)
        unfinished.rename(archive)
    return archive


def wheels(python: str = "3.13") -> Path:
    """Return a folder with pip and the wheels of requirements.txt for that Python, fetched once by this one's pip."""
    files = [ROOT / "requirements-pip.txt", ROOT / "requirements.txt"]
    folder = CACHE / f"wheels-{_digest(''.join(file.read_text() for file in files) + python)}"
    if not folder.exists():
        unfinished = folder.with_suffix(".unfinished")
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--require-hashes", "--no-deps"]
        command += ["--only-binary", ":all:", "--python-version", python, "--dest", str(unfinished)]
        for glibc in ("2_17", "2_28"):
            command += ["--platform", f"manylinux_{glibc}_{platform.machine()}"]
        for file in files:
            command += ["--requirement", str(file)]
        subprocess.run(command, check=True)
        unfinished.rename(folder)
    return folder


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
