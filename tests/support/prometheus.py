"""A real Prometheus for tests and the demo: scrapes what its configuration says, and answers queries."""

import json
import subprocess
import time
import urllib.parse
from pathlib import Path
from typing import Any, Self

from tests.support.programs import require
from tests.support.servers import free_port, get, wait_until_it_answers


class Queries:
    """Queries to the Prometheus at `url`."""

    def __init__(self, url: str) -> None:
        self.url = url

    def query(self, promql: str, at: float | None = None) -> list[dict[str, Any]]:
        """Return the result of an instant query, now or `at` seconds since 1970."""
        parameters = {"query": promql} | ({"time": str(at)} if at else {})
        answer = json.loads(get(f"{self.url}/api/v1/query?{urllib.parse.urlencode(parameters)}").body)
        assert answer["status"] == "success", answer
        result: list[dict[str, Any]] = answer["data"]["result"]
        return result

    def value(self, promql: str, at: float | None = None) -> float:
        """Return the one value of an instant query; NaN where there is none."""
        result = self.query(promql, at)
        assert len(result) <= 1, result
        return float(result[0]["value"][1]) if result else float("nan")

    def wait_for(self, promql: str, seconds: float = 60) -> None:
        """Return when the query has a result; raises AssertionError when it has none within that time."""
        deadline = time.monotonic() + seconds
        while not self.query(promql):
            assert time.monotonic() < deadline, f"{promql} has no result within {seconds} s"
            time.sleep(0.1)


class Prometheus(Queries):
    """A Prometheus on a loopback port with the given scrape_configs and group of rules (as JSON, which is YAML)."""

    def __init__(
        self, folder: Path, scrape_configs: list[dict[str, Any]], interval: str = "1s", rules: Any = None
    ) -> None:
        super().__init__(f"http://127.0.0.1:{free_port()}")
        self.folder = folder
        configuration = {
            "global": {"scrape_interval": interval, "scrape_timeout": interval},
            "scrape_configs": scrape_configs,
            "rule_files": ["rules.yml"],
        }
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "rules.yml").write_text(json.dumps({"groups": [rules] if rules else []}))
        (folder / "prometheus.yml").write_text(json.dumps(configuration))

    def restart(self) -> None:
        """Stop and start it again with the same data."""
        self.__exit__()
        self.__enter__()

    def __enter__(self) -> Self:
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [
                    require("prometheus"),
                    f"--config.file={self.folder / 'prometheus.yml'}",
                    f"--storage.tsdb.path={self.folder / 'data'}",
                    f"--web.listen-address={self.url.removeprefix('http://')}",
                    "--enable-feature=created-timestamp-zero-ingestion",
                    # A sample's time is exactly when its scrape began, not rounded to the interval.
                    "--no-scrape.adjust-timestamps",
                ],
                stdout=log,
                stderr=log,
            )
        wait_until_it_answers(f"{self.url}/-/ready", self.process)
        deadline = time.monotonic() + 60
        while get(f"{self.url}/-/ready").status != 200:
            assert time.monotonic() < deadline, "Prometheus was not ready within 60 s"
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)
