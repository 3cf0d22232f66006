"""Every setting is read in one place, and one that cannot work is refused with a sentence."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from homercovilha.environment import VARIABLES, Environment, SettingError, missing
from tests.docs import settings_table
from tests.support.servers import ROOT

CANNOT_WORK = [
    *(
        (name, value)
        for name in ("PORT", "INTERNAL_PORT")
        for value in ("", " ", "http", "0", "65536", "-1", "8e3", "٣")
    ),
    ("INTERNAL_PORT", "8000"),
    ("WEB_CONCURRENCY", "0"),
    ("WEB_CONCURRENCY", "two"),
    ("WEB_CONCURRENCY", "1000000000000"),
    ("WEB_THREADS", "0"),
    ("WEB_THREADS", "1.5"),
    ("BIND_HOST", "localhost"),
    ("BIND_HOST", "1.2.3"),
    ("METRICS_TOKEN", "two words"),
    ("METRICS_TOKEN", "tökèn"),
    ("METRICS_TOKEN", "line\nbreak"),
    ("METRICS_TOKEN", "good,b@d"),
    ("PEERS", "no-port"),
    ("PEERS", "host:0"),
    ("PEERS", "host:65536"),
    ("PEERS", "http://host:8001"),
    ("PEERS", "::1:8001"),
    ("PEERS", ","),
    ("ALLOWED_HOSTS", ","),
    ("ALLOWED_HOSTS", "http://203.0.113.7"),
    ("ALLOWED_HOSTS", "203.0.113.7:80"),
    ("PROMETHEUS_URL", "prometheus:9090"),
    ("PROMETHEUS_URL", "http://user:password@prometheus:9090"),
    ("PROMETHEUS_URL", "http://prometheus:port"),
    ("PROMETHEUS_URL", "http://prometheus:99999"),
    ("PROMETHEUS_URL", "http://prometheus:9090?a=b"),
    ("DJANGO_SETTINGS_MODULE", "homercovilha.settings.nowhere"),
    ("DJANGO_SETTINGS_MODULE", "no.where"),
    *((name, "") for name in VARIABLES if name not in ("PORT", "INTERNAL_PORT")),
]


@pytest.mark.parametrize(("name", "value"), CANNOT_WORK)
def test_a_value_that_cannot_work_is_refused_in_one_sentence_by_its_name(name: str, value: str) -> None:
    with pytest.raises(SettingError) as refusal:
        Environment({name: value}).check()
    sentence = str(refusal.value)
    assert re.fullmatch(rf"homercovilha: {name} .+\.", sentence), sentence
    # A secret must not be in the sentence, which ends in a log.
    assert name not in ("METRICS_TOKEN", "DATABASE_URL") or not value or value not in sentence


def test_the_error_for_a_missing_variable_names_it_and_its_meaning() -> None:
    with pytest.raises(SettingError, match=r"homercovilha: SECRET_KEY is not set\. Set it: Django's secret key"):
        missing("SECRET_KEY")


def test_development_needs_no_variable() -> None:
    settings = Environment({})
    settings.check()
    assert (settings.PORT, settings.INTERNAL_PORT, settings.PEERS, settings.METRICS_TOKEN) == (8000, 8001, [], [])


def test_values_are_typed() -> None:
    settings = Environment(
        {
            "PORT": "80",
            "BIND_HOST": "::",
            "ALLOWED_HOSTS": "203.0.113.7, example.org,.example.net,[2001:db8::1],*",
            "PEERS": "homercovilha-peers:8001, 10.0.0.5:8001,[2001:db8::1]:8001",
            "METRICS_TOKEN": "aA0._~+/-==, old",
            "PROMETHEUS_URL": "http://10.0.0.5:9090/prefix/",
        }
    )
    assert settings.PORT == 80
    assert settings.BIND_HOST == "::"
    assert settings.ALLOWED_HOSTS == ["203.0.113.7", "example.org", ".example.net", "[2001:db8::1]", "*"]
    assert settings.PEERS == [("homercovilha-peers", 8001), ("10.0.0.5", 8001), ("2001:db8::1", 8001)]
    assert settings.METRICS_TOKEN == ["aA0._~+/-==", "old"]
    assert settings.PROMETHEUS_URL == "http://10.0.0.5:9090/prefix"


def test_importing_it_with_bad_values_changes_no_variable_and_raises_nothing() -> None:
    bad = {"PORT": "http", "PROMETHEUS_MULTIPROC_DIR": "/tmp/counts"}
    script = "import homercovilha.environment, os; print(os.environ['PORT'], os.environ['PROMETHEUS_MULTIPROC_DIR'])"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=ROOT, env=bad, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("http /tmp/counts\n", "")


def test_the_environment_is_read_nowhere_else() -> None:
    # manage.py and wsgi.py set the site; the exporter passes its directory to prometheus_client in this variable.
    allowed = {"PROMETHEUS_MULTIPROC_DIR", "DJANGO_SETTINGS_MODULE"}
    for package in ("homercovilha", "pages", "exporter", "dashboard"):
        for file in (ROOT / package).rglob("*.py"):
            if file.name == "environment.py":
                continue
            for line in file.read_text().splitlines():
                if "environ" in line.split("#")[0] and "os." in line:
                    assert any(name in line for name in allowed), f"{file}: {line}"


def test_the_table_in_the_documentation_is_current(tmp_path: Path) -> None:
    copy = tmp_path / "settings.md"
    copy.write_text((ROOT / "docs/settings.md").read_text())
    settings_table.write(copy)
    assert copy.read_text() == (ROOT / "docs/settings.md").read_text(), "Run `make settings`."
