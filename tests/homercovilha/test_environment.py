"""Every setting is read in one place, and one that cannot work is refused with a sentence."""

import re
from collections.abc import Iterator, Mapping

import pytest

from homercovilha.environment import VARIABLES, SettingError, read, required
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
    *((name, "") for name in VARIABLES if name not in ("PORT", "INTERNAL_PORT", "DJANGO_SUPERUSER_EMAIL")),
]


@pytest.mark.parametrize(("name", "value"), CANNOT_WORK)
def test_a_value_that_cannot_work_is_refused_in_one_sentence_by_its_name(name: str, value: str) -> None:
    with pytest.raises(SettingError) as refusal:
        read({name: value})
    sentence = str(refusal.value)
    assert re.fullmatch(rf"homercovilha: {name} .+\.", sentence), sentence
    # A secret must not be in the sentence, which ends in a log.
    assert name not in ("METRICS_TOKEN", "DATABASE_URL") or not value or value not in sentence


@pytest.mark.parametrize("value", [None, "", []])
def test_what_is_required_is_asked_for_by_name_and_meaning(value: object) -> None:
    with pytest.raises(SettingError, match=r"homercovilha: SECRET_KEY is not set\. Set it: Django's secret key"):
        required("SECRET_KEY", value)


def test_nothing_need_be_set_in_development() -> None:
    settings = read({})
    assert (settings.port, settings.internal_port, settings.peers, settings.metrics_tokens) == (8000, 8001, [], [])


def test_values_are_typed() -> None:
    settings = read(
        {
            "PORT": "80",
            "BIND_HOST": "::",
            "ALLOWED_HOSTS": "203.0.113.7, example.org,.example.net,[2001:db8::1],*",
            "PEERS": "homercovilha-peers:8001, 10.0.0.5:8001,[2001:db8::1]:8001",
            "METRICS_TOKEN": "aA0._~+/-==, old",
            "PROMETHEUS_URL": "http://10.0.0.5:9090/prefix/",
        }
    )
    assert settings.port == 80
    assert settings.bind_host == "::"
    assert settings.allowed_hosts == ["203.0.113.7", "example.org", ".example.net", "[2001:db8::1]", "*"]
    assert settings.peers == [("homercovilha-peers", 8001), ("10.0.0.5", 8001), ("2001:db8::1", 8001)]
    assert settings.metrics_tokens == ["aA0._~+/-==", "old"]
    assert settings.prometheus_url == "http://10.0.0.5:9090/prefix"


class _Recorder(Mapping[str, str]):
    def __init__(self) -> None:
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def test_the_variables_named_are_those_that_are_read() -> None:
    recorder = _Recorder()
    read(recorder)
    assert recorder.asked == set(VARIABLES)


def test_the_environment_is_read_nowhere_else() -> None:
    # manage.py and wsgi.py set the site; the exporter's folder is handed to prometheus_client in its own variable.
    allowed = {"PROMETHEUS_MULTIPROC_DIR", "DJANGO_SETTINGS_MODULE"}
    for folder in ("homercovilha", "pages", "exporter", "dashboard"):
        for file in (ROOT / folder).rglob("*.py"):
            if file.name == "environment.py":
                continue
            for line in file.read_text().splitlines():
                if "environ" in line.split("#")[0] and "os." in line:
                    assert any(name in line for name in allowed), f"{file}: {line}"


def test_every_variable_is_in_the_documentation_and_none_else() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs/settings.md").read_text(), re.MULTILINE)
    assert sorted(rows) == sorted(VARIABLES)
