import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from prometheus_client import Counter

from pages.middleware import PageCounterMiddleware
from pages.registry import PAGES

HOMERSIMPSON, COVILHA = PAGES[:2]


def value(counter: Counter) -> float:
    return next(s.value for s in next(iter(counter.collect())).samples if s.name.endswith("_total"))


def counts() -> tuple[float, float]:
    return value(HOMERSIMPSON.requests), value(COVILHA.requests)


def counted(method: str, path: str) -> tuple[float, float]:
    before = counts()
    PageCounterMiddleware(lambda _request: HttpResponse())(RequestFactory().generic(method, path))
    after = counts()
    return after[0] - before[0], after[1] - before[1]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "BREW"])
@pytest.mark.parametrize("slash", ["", "/", "?page=/homersimpson", "/?x"])
def test_every_request_to_a_page_is_counted_once(method: str, slash: str) -> None:
    assert counted(method, "/homersimpson" + slash) == (1, 0)
    assert counted(method, "/covilha" + slash) == (0, 1)


@pytest.mark.parametrize("path", ["/", "/healthz", "/metrics", "/covilha//", "/covilha/x", "/COVILHA"])
def test_other_paths_are_not_counted(path: str) -> None:
    assert counted("GET", path) == (0, 0)


def test_request_is_counted_before_its_response_is_made() -> None:
    before = counts()

    def fail(_request: HttpRequest) -> HttpResponse:
        assert counts() == (before[0], before[1] + 1)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        PageCounterMiddleware(fail)(RequestFactory().get("/covilha"))
