"""Every metric that a rule reads exists: the names are compared with what the real programs expose.

HAProxy's are compared in tests/deploy/edge/test_configuration.py, the site's own in the unit tests of the rules.
"""

import json
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jinja2 import Environment

from tests.support.programs import ROOT, require
from tests.support.prometheus import Prometheus
from tests.support.servers import free_port, get, wait_until_it_answers

ROLES = ROOT / "deploy/ansible/roles"
RULES = "".join(file.read_text() for file in (ROLES / "prometheus/files/rules").glob("*.yml"))
# Debian's Alertmanager reads its templates from here.
SHARE = Path("/usr/share")
TEMPLATE = SHARE / "prometheus/alertmanager/default.tmpl"


@contextmanager
def running(role: str, **directories: Path) -> Iterator[str]:
    """Start a role's service with the arguments of its systemd unit, at a free port; yield its host:port.

    `directories` are the values of systemd's specifiers, such as %S.
    """
    unit = (ROLES / role / "templates/homercovilha.conf.j2").read_text().replace("\\\n", " ")
    (line,) = re.findall(r"^ExecStart=/usr/bin/(.+)$", unit, re.MULTILINE)
    address = f"127.0.0.1:{free_port()}"
    line = re.sub(r"--web.listen-address=.+?:\d+", f"--web.listen-address={address}", line)
    for specifier, directory in directories.items():
        line = line.replace(f"%{specifier}", str(directory))
    name, *arguments = line.split()
    program = require(name)
    command = [program, *arguments]
    unpacked = Path(program).parent.parent / "share"
    if role == "alertmanager" and not TEMPLATE.exists():
        inside = 'mount --bind "$0" "$1" && shift && exec "$@"'
        command = [require("unshare"), "--map-root-user", "--mount", "sh", "-c", inside, str(unpacked), str(SHARE)]
        command += [program, *arguments]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        wait_until_it_answers(f"http://{address}/metrics", process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=30)


def series(address: str) -> list[str]:
    """Return all series that the program exposes, without their values."""
    return re.findall(r"^(\w+(?:{.*})?) ", get(f"http://{address}/metrics").text, re.MULTILINE)


def missing(prefix: str, address: str) -> set[str]:
    """Return the metrics with this prefix that the rules read and the program does not expose."""
    read = set(re.findall(rf"\b{prefix}_[a-z]\w+", re.sub(r"^ *#.*$", "", RULES, flags=re.MULTILINE)))
    assert read, f"no rule reads a metric of {prefix}"
    return read - {one.partition("{")[0] for one in series(address)}


def test_node_exporter_exposes_what_the_rules_read() -> None:
    with running("node_exporter") as address:
        assert missing("node", address) == set()
        disks = [one for one in series(address) if one.startswith("node_filesystem_avail_bytes")]
    assert all('fstype="' in one and 'mountpoint="' in one for one in disks)


def test_alertmanager_and_prometheus_expose_what_the_rules_read(tmp_path: Path) -> None:
    environment = Environment(trim_blocks=True, autoescape=False)  # noqa: S701  (it makes YAML)
    environment.filters |= {"to_json": json.dumps, "combine": dict.__or__}
    template = environment.from_string((ROLES / "alertmanager/templates/alertmanager.yml.j2").read_text())
    receiver = {"webhook_configs": [{"url": "http://127.0.0.1:9/"}]}
    rendered = template.render(ansible_managed="Ansible", alertmanager_receiver=receiver)
    (tmp_path / "alertmanager.yml").write_text(rendered)
    rules = {"name": "one", "rules": [{"alert": "One", "expr": "vector(1)"}]}
    prometheus = Prometheus(tmp_path / "prometheus", [], rules=rules)
    with running("alertmanager", d=tmp_path, S=tmp_path) as address:
        configuration = prometheus.folder / "prometheus.yml"
        alerting = {"alertmanagers": [{"static_configs": [{"targets": [address]}]}]}
        configuration.write_text(json.dumps(json.loads(configuration.read_text()) | {"alerting": alerting}))
        with prometheus:
            own, deadline = prometheus.url.removeprefix("http://"), time.monotonic() + 60
            # Some are there only once Prometheus has found its Alertmanager and evaluated a rule.
            while missing("prometheus", own) and time.monotonic() < deadline:
                time.sleep(0.2)
            assert missing("prometheus", own) == set()
        assert missing("alertmanager", address) == set()
        failed = [one for one in series(address) if one.startswith("alertmanager_notifications_failed_total")]
    assert all('integration="' in one for one in failed)
