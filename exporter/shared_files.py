"""The small files that all workers of a replica share."""

import logging
import os
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

logger = logging.getLogger(__name__)


def directory() -> Path:
    """Return the directory of this replica's counts, or a temporary one if this process is alone, as with runserver."""
    path = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    return Path(path or _temporary_directory().name)


def replace(file: Path, content: bytes) -> None:
    """Replace a file at once; if the disk is full, log it and go on without the file."""
    unfinished = file.with_suffix(".unfinished")
    try:
        unfinished.write_bytes(content)
        unfinished.rename(file)
    except OSError as error:
        logger.warning("%s cannot be shared with the other workers: %s", file, error)
        with suppress(OSError):
            unfinished.unlink()


@cache
def _temporary_directory() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="homercovilha-")
