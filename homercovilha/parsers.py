"""Parsers of settings: each returns the value of a text, or raises ValueError with the problem and the remedy."""

import importlib.util
import ipaddress
import re
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar
from urllib.parse import urlsplit

from exporter import conf

T = TypeVar("T")


def parser(convert: Callable[[str], T | None], problem_and_remedy: str) -> Callable[[str], T]:
    """Return a parser of what `convert` returns. If that is None, or it raises, the sentence is raised."""

    def parse(text: str) -> T:
        with suppress(ImportError, ValueError):
            if (value := convert(text)) is not None:
                return value
        raise ValueError(problem_and_remedy.format(repr(text[:80])))

    return parse


def number(largest: int) -> Callable[[str], int]:
    def convert(text: str) -> int | None:
        return int(text) if re.fullmatch(r"[0-9]{1,9}", text) and 1 <= int(text) <= largest else None

    return parser(convert, f"is {{}}. Give a whole number from 1 to {largest}")


def matching(pattern: str, problem_and_remedy: str) -> Callable[[str], str]:
    return parser(lambda text: text if re.fullmatch(pattern, text) else None, problem_and_remedy)


def comma_list(parse: Callable[[str], T]) -> Callable[[str], list[T]]:
    def convert(text: str) -> list[T]:
        if items := [item.strip() for item in text.split(",") if item.strip()]:
            return [parse(item) for item in items]
        raise ValueError("has nothing between its commas. Give it a value, or unset it")

    return convert


def _peer(text: str) -> tuple[str, int] | None:
    match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):([0-9]{1,5})", text)
    return (match[1] or match[2], int(match[3])) if match and 1 <= int(match[3]) <= 65535 else None


def _url(text: str) -> str | None:
    is_valid = re.fullmatch(r"https?://[^\s/@?#]+(/[^\s?#]*)?", text) and urlsplit(text).port != 0
    return text.rstrip("/") if is_valid else None


settings_module = parser(
    lambda name: name if importlib.util.find_spec(name) else None,
    "is {}, which is not a module. Give homercovilha.settings.public",
)
ip_address = parser(lambda text: str(ipaddress.ip_address(text)), "is {}. Give an IP address, such as 0.0.0.0 or ::")
allowed_host = matching(
    r"\*|\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\]",
    "has {}. Give names and addresses alone, without scheme and port",
)
peer = parser(_peer, "has {}. Give host:port for each, such as homercovilha-peers:8001")
pod_name = matching(conf.POD_NAME, "is {}. Give at most 253 letters, digits, dots, hyphens and underscores")
# Not the values of these two: a token is a secret, and a URL may hold a password.
token = matching(
    conf.BEARER_TOKEN, "has characters that no bearer token may have. Use letters, digits and . _ ~ + / - only"
)
url = parser(_url, "must be an http(s) URL, such as http://10.0.0.5:9090, without user, password or query")
