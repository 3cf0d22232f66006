"""CPU time of one call of the public site's WSGI application, in process, with metrics kept as in production.

python -m benchmarks.page: a line for each kind of request, in microseconds. What a server adds is not in it.
"""

import argparse
import io
import os
import sys
import time
from statistics import median
from types import SimpleNamespace
from wsgiref.types import WSGIApplication

BROWSER = {
    "HTTP_ACCEPT": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8",
    "HTTP_ACCEPT_ENCODING": "gzip, deflate",
    "HTTP_ACCEPT_LANGUAGE": "en-GB,en;q=0.9,pt;q=0.8",
    "HTTP_CACHE_CONTROL": "max-age=0",
    "HTTP_UPGRADE_INSECURE_REQUESTS": "1",
    "HTTP_USER_AGENT": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML) Chrome/142.0 Safari/537.36",
}
REQUESTS: dict[str, tuple[str, dict[str, str]]] = {
    "/covilha as HTML": ("/covilha", {}),
    "/covilha, a browser's headers": ("/covilha", BROWSER),
    "/covilha as JSON": ("/covilha", {"HTTP_ACCEPT": "application/json"}),
    "/covilha as text": ("/covilha", {"HTTP_ACCEPT": "text/plain"}),
    "/homersimpson": ("/homersimpson", {}),
    "/homersimpson, a browser's headers": ("/homersimpson", BROWSER),
    "/": ("/", {}),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=500, help="calls in a round (default: 500)")
    parser.add_argument("--rounds", type=int, default=9, help="rounds of which the median is shown (default: 9)")
    options = parser.parse_args()

    application = load()
    costs: dict[str, list[float]] = {name: [] for name in REQUESTS}
    for _ in range(options.rounds):
        # In turn, so that what else the machine does falls on all of them alike.
        for name, (path, headers) in REQUESTS.items():
            costs[name].append(cost(application, environ(path, headers), options.calls))
    print(f"Python {sys.version.split()[0]}, µs of CPU a call, median (lowest) of {options.rounds} rounds")
    for name, values in costs.items():
        print(f"{median(values):7.1f} ({min(values):.1f})  {name}")


def load() -> WSGIApplication:
    """Return the public site's application, which counts in slot 0 of a temporary directory."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "homercovilha.settings.public",
        "SECRET_KEY": "a key for a benchmark, and long enough for it",
        "ALLOWED_HOSTS": "127.0.0.1",
    }
    from exporter import slots

    slots.begin().make_files(1)
    slots.enter(SimpleNamespace(slot=0))
    from homercovilha.wsgi import application

    return application


def environ(path: str, headers: dict[str, str]) -> dict[str, object]:
    """Return the WSGI environment of a GET as a server makes it."""
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "RAW_URI": path,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1:8000",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        **headers,
    }


def cost(application: WSGIApplication, template: dict[str, object], calls: int) -> float:
    """Return the microseconds of CPU time that one of `calls` calls takes."""
    environs = [dict(template) for _ in range(calls)]
    begin = time.process_time()
    for one in environs:
        answer = application(one, _start_response)  # type: ignore[arg-type] # a dict of str to object is what it is.
        for _ in answer:
            pass
        answer.close()  # type: ignore[attr-defined] # Django's responses have it.
    return (time.process_time() - begin) / calls * 1e6


def _start_response(*_arguments: object) -> object:
    return None


if __name__ == "__main__":
    main()
