"""Parsers of settings: each returns the value of a text, or raises ValueError with the problem and the remedy."""

import importlib.util
import ipaddress
import re
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

from exporter import conf

T = TypeVar("T")


def number(largest: int) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", value) or not 1 <= int(value) <= largest:
            raise ValueError(f"is {value!r}. Give a whole number from 1 to {largest}")
        return int(value)

    return parse


def matching(pattern: str, problem_and_remedy: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(problem_and_remedy.format(repr(value[:80])))
        return value

    return parse


def comma_list(parse: Callable[[str], T]) -> Callable[[str], list[T]]:
    def parse_list(value: str) -> list[T]:
        if items := [item.strip() for item in value.split(",") if item.strip()]:
            return [parse(item) for item in items]
        raise ValueError("has nothing between its commas. Give it a value, or unset it")

    return parse_list


def settings_module(name: str) -> str:
    try:
        found = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        found = None
    if found is None:
        raise ValueError(f"is {name!r}, which is not a module. Give homercovilha.settings.public")
    return name


def ip_address(value: str) -> str:
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        raise ValueError(f"is {value!r}. Give an IP address, such as 0.0.0.0 or ::") from None


allowed_host = matching(
    r"\*|\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\]",
    "has {}. Give names and addresses alone, without scheme and port",
)
token = matching(
    conf.BEARER_TOKEN,
    "has characters that no bearer token may have. Use letters, digits and . _ ~ + / - only",
)
pod_name = matching(conf.POD_NAME, "is {}. Give at most 253 letters, digits, dots, hyphens and underscores")


def peer(item: str) -> tuple[str, int]:
    match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):([0-9]{1,5})", item)
    if not match or not 1 <= int(match[3]) <= 65535:
        raise ValueError(f"has {item!r}. Give host:port for each, such as homercovilha-peers:8001")
    return match[1] or match[2], int(match[3])


def url(value: str) -> str:
    try:
        valid = re.fullmatch(r"https?://[^\s/@?#]+(/[^\s?#]*)?", value) and urlsplit(value).port != 0
    except ValueError:
        valid = False
    if not valid:
        # Not the value: it may hold a password.
        raise ValueError("must be an http(s) URL, such as http://10.0.0.5:9090, without user, password or query")
    return value.rstrip("/")
