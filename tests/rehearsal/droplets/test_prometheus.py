"""The role prometheus on a whole Debian: what it refuses, what it changes, what it keeps."""

import json
import subprocess
import time
from pathlib import Path

import pytest

from tests.rehearsal.droplets import mirror
from tests.rehearsal.droplets.asking import ask, query, wait_until, wait_until_ready
from tests.rehearsal.droplets.cloud import PASSWORD, Cloud
from tests.rehearsal.droplets.guest import Guest
from tests.rehearsal.droplets.playbook import Operator

RULE = """groups: [{{name: own, rules: [
{{record: own:answer, expr: {expression}}}, {{alert: Own, expr: vector(1)}}]}}]
"""
LIMIT = 2.0


@pytest.fixture
def droplet(cloud: Cloud, operator: Operator) -> Guest:
    """Return the Droplet on which Prometheus runs."""
    return cloud.guests["prometheus"]


def running(droplet: Guest) -> str:
    return droplet.run("systemctl show --property=MainPID --value prometheus").strip()


def test_the_service_is_confined(droplet: Guest, figures: list[str]) -> None:
    last = droplet.run("systemd-analyze security prometheus --no-pager").splitlines()[-1]
    exposure = float(last.split(":")[1].split()[0])
    figures.append(f"systemd-analyze security prometheus: {exposure}")
    assert exposure <= LIMIT


def test_the_service_cannot_write_its_configuration_or_its_programs(droplet: Guest) -> None:
    droplet.run('test -z "$(find /etc/prometheus /opt/prometheus -user prometheus -o -perm /o+w ! -type l)"')
    code, _ = droplet.try_run("su prometheus -s /bin/sh -c 'echo >> /etc/prometheus/prometheus.yml'")
    assert code != 0
    assert droplet.run("stat --format %A /etc/prometheus/site_token").strip() == "-rw-r-----"


def test_only_the_password_opens_it_and_only_its_hash_is_kept(cloud: Cloud, droplet: Guest) -> None:
    assert ask(cloud, "/-/ready").status == 200
    assert ask(cloud, "/-/ready", password="another password").status == 401
    code, _ = droplet.try_run(f"grep -rF '{PASSWORD}' /etc/prometheus /etc/systemd /root /var/log")
    assert code == 1


def test_promtool_accepts_what_is_in_place(droplet: Guest) -> None:
    droplet.run("/opt/prometheus/*/promtool check config /etc/prometheus/prometheus.yml")
    droplet.run("/opt/prometheus/*/promtool check web-config /etc/prometheus/web.yml")


def test_a_broken_rule_is_refused_and_the_running_one_goes_on(
    cloud: Cloud, operator: Operator, droplet: Guest, tmp_path: Path
) -> None:
    before, own_rules = running(droplet), tmp_path / "own.rules.yml"
    own_rules.write_text(RULE.format(expression="6 *"))
    refused = operator.run("prometheus.yml", "--tags=prometheus", prometheus_rule_files=[str(own_rules)])
    assert refused.code != 0
    assert "unexpected end of input" in refused.sentence
    droplet.run("test ! -e /etc/prometheus/rules/own.rules.yml")
    assert running(droplet) == before
    wait_until(cloud, 'up{job="homercovilha"}', {"": 1}, seconds=20)


def test_a_broken_configuration_is_refused_and_the_running_one_goes_on(
    cloud: Cloud, operator: Operator, droplet: Guest
) -> None:
    before = droplet.run("sha256sum /etc/prometheus/prometheus.yml"), running(droplet)
    refused = operator.run("prometheus.yml", "--tags=prometheus", prometheus_scrape_interval="often")
    assert refused.code != 0
    assert "not a valid duration" in refused.sentence
    assert (droplet.run("sha256sum /etc/prometheus/prometheus.yml"), running(droplet)) == before
    assert query(cloud, 'up{job="homercovilha"}') == {"": 1}


def test_release_that_is_not_installed_does_not_end_the_one_that_runs(operator: Operator, droplet: Guest) -> None:
    before = running(droplet)
    refused = operator.run("prometheus.yml", "--tags=configure", prometheus_version="9.9.9")

    assert refused.code != 0
    assert "/opt/prometheus/9.9.9/promtool" in refused.output
    assert "--tags install puts it there" in refused.output
    assert running(droplet) == before
    assert "9.9.9" not in droplet.run("cat /etc/systemd/system/prometheus.service")


def test_rules_come_and_go_without_a_restart(cloud: Cloud, operator: Operator, droplet: Guest, tmp_path: Path) -> None:
    before, own_rules = running(droplet), tmp_path / "own.rules.yml"
    own_rules.write_text(RULE.format(expression="6 * 7"))
    operator.succeed("prometheus.yml", "--tags=prometheus", prometheus_rule_files=[str(own_rules)])
    wait_until(cloud, "own:answer", {"": 42}, seconds=20)
    # group_wait is 30 s.
    told = json.loads(cloud.notified.wait_for("/alerts", '"alertname":"Own"', seconds=60))
    assert told["alerts"][0]["labels"]["site"] == "rehearsal"
    assert told["alerts"][0]["generatorURL"].startswith("http://prometheus.example/graph")
    assert b"Watchdog" not in b"".join(body for path, body in cloud.notified.came if path == "/alerts")
    cloud.notified.wait_for("/watchdog", "HomercovilhaWatchdog", seconds=10)
    operator.succeed("prometheus.yml", "--tags=prometheus")
    droplet.run("test ! -e /etc/prometheus/rules/own.rules.yml")
    assert "own.rules.yml" not in ask(cloud, "/api/v1/rules").text
    assert running(droplet) == before


def test_what_a_broken_off_run_left_is_loaded_by_the_next(operator: Operator, droplet: Guest) -> None:
    # As after a run that wrote the configuration and came no further: it is newer than what is loaded.
    droplet.run("cp /etc/prometheus/prometheus.yml /root/ && cp /root/prometheus.yml /etc/prometheus/prometheus.yml")
    assert operator.succeed("prometheus.yml", "--tags=prometheus").changed == 1, (
        "the reload that the run before did not come to"
    )


def test_a_wrong_checksum_stops(operator: Operator, droplet: Guest) -> None:
    before = running(droplet)
    older = mirror.version(mirror.OLDER)
    stopped = operator.run(
        "prometheus.yml", "--tags=prometheus", prometheus_version=older, prometheus_checksum="0" * 64
    )
    assert stopped.code != 0
    assert f"promised was {'0' * 64}. Nothing was installed" in stopped.sentence
    droplet.run(f"test ! -e /opt/prometheus/{older}/prometheus")
    assert running(droplet) == before


def test_an_upgrade_keeps_the_samples(cloud: Cloud, operator: Operator, figures: list[str]) -> None:
    older, newer = mirror.version(mirror.OLDER), operator.variables["prometheus_version"]
    upgrader = cloud.operator(prometheus="older")
    # Prometheus 2 listens on one address only.
    one = {"prometheus_listen_addresses": ["0.0.0.0:9090"]}
    archive = cloud.folder / f"mirror/v{older}/prometheus-{older}.linux-amd64.tar.gz"
    checksum = archive.with_name("sha256sums.txt").read_text().splitlines()[1].split()[0]
    offline = {
        "prometheus_archive": str(archive),
        "prometheus_checksum": checksum,
        "prometheus_mirror": "http://no.way.out",
    }
    upgrader.succeed("prometheus.yml", prometheus_version=older, **one, **offline)
    expression = 'min_over_time(timestamp(up{job="homercovilha"})[1h:1s])'
    time.sleep(3)
    first = query(cloud, expression, "older")
    droplet = cloud.guests["older"]
    droplet.run("mkdir -p /opt/prometheus/2.0.0")
    foretold = upgrader.succeed("prometheus.yml", "--tags=prometheus", "--check", "--diff")
    assert f"+ExecStart=/opt/prometheus/{newer}/prometheus" in foretold.output
    assert f'"version":"{older}' in ask(cloud, "/api/v1/status/buildinfo", "older").text
    upgrader.succeed("prometheus.yml", "--tags=prometheus")
    assert droplet.run("ls /opt/prometheus").split() == sorted((older, newer)), "the one before stays, others go"
    said = ask(cloud, "/api/v1/status/buildinfo", "older").text
    assert f'"version":"{newer}' in said
    assert query(cloud, expression, "older") == pytest.approx(first, abs=1)
    figures.append(f"upgrade {older} to {newer}: samples since {time.time() - first['']:.0f} s ago are there")
    _restore_a_backup(cloud, figures)


def _restore_a_backup(cloud: Cloud, figures: list[str]) -> None:
    """Restore the site's samples on the upgraded host, as docs/prometheus.md says; its own samples began later."""
    source, target, backup = cloud.guests["prometheus"], cloud.guests["older"], cloud.folder / "prometheus.tar"
    expression = 'min_over_time(timestamp(up{job="homercovilha"})[1h:1s])'
    oldest = query(cloud, expression)
    with backup.open("wb") as file:
        subprocess.run(source.ssh("prometheus-backup"), stdout=file, check=True)
    figures.append(f"backup: {backup.stat().st_size / 1e6:.1f} MB, samples since {time.time() - oldest['']:.0f} s ago")
    restore = (
        "systemctl stop prometheus && find /var/lib/prometheus -mindepth 1 -delete && "
        "tar --extract --preserve-permissions --directory=/var/lib/prometheus && systemctl start prometheus"
    )
    with backup.open("rb") as file:
        subprocess.run(target.ssh(restore), stdin=file, check=True)
    wait_until_ready(cloud, "older")
    wait_until(cloud, 'up{job="homercovilha"}', {"": 1}, seconds=30, machine="older")
    assert query(cloud, expression, "older") == pytest.approx(oldest, abs=1)
    assert source.run("ls /var/lib").count("prometheus-backup") == 0
