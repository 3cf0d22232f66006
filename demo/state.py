"""The file by which `make demo-chaos` finds the running demo; it holds no password."""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.support.haproxy import Runtime
from tests.support.servers import ROOT

FILE = ROOT / ".development/demo.json"


@dataclass
class State:
    """A running demo: its process, and what another process needs to reach its parts."""

    pid: int
    # When the live replicas follow the generated history, in seconds since 1970.
    since: int
    proxy_folder: str
    prometheus_url: str
    dashboard_url: str
    # For each address, the process id of gunicorn's arbiter.
    replicas: dict[str, int] = field(default_factory=dict)

    def write(self) -> None:
        """Replace the file, so that a reader sees all of it or none."""
        FILE.parent.mkdir(mode=0o700, exist_ok=True)
        unfinished = FILE.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(asdict(self), indent=2))
        unfinished.replace(FILE)


def running(file: Path | None = None) -> State | None:
    """Return the running demo; None if there is none, also if one was killed and could not remove its file."""
    with suppress(OSError):
        state = State(**json.loads((file or FILE).read_text()))
        # Not by its number, which another process may have by now.
        Runtime(Path(state.proxy_folder)).served()
        return state
    return None
