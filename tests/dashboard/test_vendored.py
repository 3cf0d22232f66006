"""The chart library is the one that npm has, file by file."""

import base64
import hashlib
from pathlib import Path

from tests.support.servers import ROOT

FOLDER = ROOT / "dashboard/static/dashboard/vendor/uplot"


def integrity(file: Path) -> str:
    """Return a file's integrity as npm and browsers write it: https://www.w3.org/TR/sri-2/"""
    return f"sha512-{base64.b64encode(hashlib.sha512(file.read_bytes()).digest()).decode()}"


def test_vendored_files_are_as_noted() -> None:
    noted = dict(
        line.removeprefix("integrity: ").split("  ")[::-1] for line in _lines() if line.startswith("integrity")
    )
    noted.pop("npm archive")

    assert noted == {file.name: integrity(file) for file in FOLDER.iterdir() if file.name != "VENDORED"}


def test_version_and_licence_are_noted() -> None:
    version = next(line for line in _lines() if line.startswith("version: ")).removeprefix("version: ")

    assert f"(v{version})" in (FOLDER / "uPlot.iife.min.js").read_text()[:200]
    assert "licence: MIT, see LICENSE" in _lines()
    assert "Leon Sorokin" in (FOLDER / "LICENSE").read_text()


def _lines() -> list[str]:
    return (FOLDER / "VENDORED").read_text().splitlines()
