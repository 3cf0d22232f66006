"""Which series there are: as many as the site has views, methods and statuses, and none that visitors invent."""

import random
import re
import string
import subprocess
from pathlib import Path

import pytest

from exporter.conf import Configuration
from exporter.fetching import BYTES_OF_A_LINE
from exporter.multiprocess import FILE_BYTES
from tests.e2e.conftest import LoggedSite
from tests.support.load import PAGES
from tests.support.metrics import scrape, series, totals
from tests.support.programs import require
from tests.support.prometheus import Prometheus
from tests.support.raw import send
from tests.support.servers import Gunicorn, get

OWN = re.compile(r"homersimpson_|covilha_|homercovilha_")
REQUESTS = 1_000
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "INVENTED")


def _invented(letters: str = string.ascii_lowercase) -> str:
    return "".join(random.choices(letters, k=random.randint(8, 12)))


def _invented_request() -> bytes:
    method = random.choice([_invented(string.ascii_uppercase), "GET", "POST", "PUT", "QUERY"])
    path = random.choice(
        [f"/{_invented()}", f"/{_invented()}/{_invented()}?{_invented()}", "/covilha", "/homersimpson/"]
    )
    headers = {
        "Host": random.choice(["127.0.0.1", f"{_invented()}.example", f"127.0.0.1:{random.randint(1, 65535)}"]),
        "X-Requested-With": _invented(),
        "Content-Type": f"{_invented()}/{_invented()}; charset={_invented()}",
        "Accept": f"{_invented()}/{_invented()}",
        "User-Agent": _invented(),
        f"X-{_invented()}": _invented(),
        "Content-Length": "0",
        "Connection": "close",
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode()


def test_a_thousand_invented_requests_make_no_series(site: LoggedSite) -> None:
    address = site.host, site.port
    # Each view by each method of the standard and an invented one, and what no view answers: all that there can be.
    for path in ("/", "/homersimpson", "/covilha", "/nowhere"):
        for method in ("GET", "POST", "PUT", "INVENTED"):
            for host in ("127.0.0.1", "elsewhere.example"):
                send(address, f"{method} {path} HTTP/1.0\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n".encode())
    before = scrape(f"{site.internal_url}/metrics")
    for _ in range(REQUESTS):
        assert send(address, _invented_request()).status in (200, 400, 404, 405)
    after = scrape(f"{site.internal_url}/metrics")
    assert series(after) == series(before)
    labels = {pair for line in series(after) for pair in re.findall(r'(method|view)="([^"]*)"', line)}
    assert {value for name, value in labels if name == "method"} <= {
        "GET",
        "HEAD",
        "POST",
        "PUT",
        "DELETE",
        "OPTIONS",
        "PATCH",
        "TRACE",
        "CONNECT",
        "<invalid method>",
    }
    assert {value for name, value in labels if name == "view"} <= {
        "home",
        "homersimpson",
        "covilha",
        "metrics",
        "<unnamed view>",
    }
    counted, known = totals(after), totals(before)
    assert sum(counted.values()) > sum(known.values()), "the requests were not counted at all"


@pytest.mark.parametrize("accept", ["text/plain", "application/openmetrics-text"])
def test_promtool_has_nothing_to_say_about_our_own_metrics(site: LoggedSite, accept: str) -> None:
    """django-prometheus' own families keep its names, of which promtool says that some end in _total twice over."""
    text = get(f"{site.url}/metrics", {"Accept": accept}).text
    own = [line for line in text.splitlines() if OWN.match(re.sub(r"^# (HELP|TYPE) ", "", line))]
    assert {"homersimpson_requests_total", "covilha_requests_total", "homercovilha_build_info"} <= {
        re.split(r"[{ ]", line)[0] for line in own
    }
    if accept != "text/plain":
        # promtool reads the text format alone: there a counter has its whole name, and no time of creation.
        own = [
            re.sub(r"^(# (?:HELP|TYPE) \w+_requests) ", r"\1_total ", line) for line in own if "_created{" not in line
        ]
    checked = subprocess.run(
        [require("promtool"), "check", "metrics"],
        input="\n".join([*own, ""]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


@pytest.mark.usefixtures("static_files")
def test_what_a_real_prometheus_says_is_what_was_sent(tmp_path: Path) -> None:
    sent = {"homersimpson": 37, "covilha": 23}
    with Gunicorn(WEB_CONCURRENCY="2", METRICS_TOKEN="a-token", POD_NAME="pod-1") as server:
        job = {
            "job_name": "site",
            "authorization": {"credentials": "a-token"},
            "static_configs": [{"targets": [f"{server.host}:{server.port}"]}],
        }
        with Prometheus(tmp_path, [job]) as prometheus:
            for page, count in sent.items():
                for number in range(count):
                    get(f"{server.url}/{page}" + "/" * (number % 2), method=("GET", "HEAD", "POST")[number % 3])
            for page, count in sent.items():
                prometheus.wait_for(f"{page}_requests_total == {count}", seconds=30)
                (result,) = prometheus.query(f"{page}_requests_total")
                assert result["metric"]["pod"] == "pod-1"
            assert prometheus.value("up") == 1
            assert prometheus.value("scrape_samples_scraped") > len(PAGES)


def test_peers_read_a_replica_with_every_label_set_and_the_longest_name(tmp_path: Path) -> None:
    longest = {"POD_NAME": "a" * 253, "WEB_CONCURRENCY": "1", "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    with Gunicorn(log=None, **longest) as full:
        up = f'homercovilha_peer_up{{peer="{full.host}:{full.internal_port}"}} 1\n'
        for path in ("/", "/homersimpson", "/covilha", "/metrics", "/nowhere"):
            for method in METHODS:
                for host in (full.host, "elsewhere.example"):
                    head = f"{method} {path} HTTP/1.0\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n"
                    send((full.host, full.port), head.encode())
        own = scrape(f"{full.internal_url}/metrics")
        with Gunicorn(PEERS=f"{full.host}:{full.internal_port}") as reader:
            # On a busy machine the peer may take longer than one scrape waits.
            assert any(up in scrape(f"{reader.url}/metrics") for _ in range(20))

    methods = set(re.findall(r'method="([^"]*)"', own))
    most_bytes = BYTES_OF_A_LINE * Configuration().most_lines
    print(f"\n{len(own)} bytes by {len(methods)} methods, of {most_bytes} that are read")
    assert len(methods) == 10
    # What has no response here: twice as many statuses as these requests have.
    assert 2 * len(own) <= most_bytes
    assert {file.stat().st_size for file in tmp_path.glob("histogram_*.db")} == {FILE_BYTES}
