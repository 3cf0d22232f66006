"""Calls to DigitalOcean's API: all pages of a list, waiting and retrying, and a sentence for every other outcome."""

from __future__ import annotations

import json
import re
import ssl
import time
from collections.abc import Callable
from http.client import HTTPException
from typing import Any
from urllib.request import HTTPErrorProcessor, HTTPSHandler, Request, build_opener

Json = dict[str, Any]
Condition = Callable[[Json], bool]

# Refusals that pass, by a part of the message. Two are not in the API's description: an action runs on the Droplet
# (github.com/digitalocean/terraform-provider-digitalocean/issues/1034), a VPC's Droplets went just now (…/issues/488,
# with 409 in github.com/pulumi/pulumi-digitalocean/issues/753).
PASSING = {422: "pending event", 403: "with members", 409: "with members", 429: ""}
REMEDIES = {
    401: "Put a valid API token into DIGITALOCEAN_TOKEN.",
    403: "The token may lack a scope; docs/droplets.md lists them.",
    404: "It is not there, or no longer; run the playbook again.",
    422: "Correct the value that it names.",
}
TOKENS = "cloud.digitalocean.com/account/api/tokens (docs/droplets.md lists its scopes)"


class ApiError(Exception):
    """A sentence: what was refused or did not happen, and the remedy."""


class _EveryAnswer(HTTPErrorProcessor):
    """Return errors and redirects like any other answer: a redirect that is followed could send the token elsewhere."""

    def http_response(self, request: Request, response: Any) -> Any:  # noqa: ARG002 - urllib passes it.
        return response

    https_response = http_response


# Not ansible.module_utils.urls: that one reads all certificate authorities again for each call.
OPENER = build_opener(_EveryAnswer, HTTPSHandler(context=ssl.create_default_context()))


class Api:
    """The API at `url`: `timeout` seconds for an answer, `pause` between two calls, `patience` in all."""

    clock = time

    def __init__(self, url: str, token: str, timeout: int, pause: int, patience: int) -> None:
        self.url, self.token, self.timeout, self.pause, self.patience = url, token.strip(), timeout, pause, patience

    def call(self, method: str, path: str, body: Json | None = None, until: Condition | None = None) -> Json:
        """Return the answer, with `until` the first one for which that holds; or raise ApiError.

        With `until` a 404 is waited out, as a new thing may be unknown for a moment; for a DELETE it is success.
        A POST without a clear answer is not repeated: it may have made something already.
        """
        if not re.fullmatch(r"[!-~]+", self.token):
            raise ApiError(f"No API token: make one at {TOKENS} and put it into the variable DIGITALOCEAN_TOKEN.")
        deadline = self.clock.monotonic() + self.patience
        while True:
            status, answer, headers = self._send(method, path, body)
            good, unclear, message = 200 <= status < 300, status == 0 or status >= 500, answer.get("message", "")
            if (good and (not until or until(answer))) or (status == 404 and method == "DELETE"):
                return answer
            passing = good or (status == 404 and until) or (status in PASSING and PASSING[status] in message)
            again = passing or (unclear and method != "POST")
            after = headers.get("retry-after", "")
            pause = int(after) if after.isdigit() else self.pause
            if not again or self.clock.monotonic() + pause > deadline:
                break
            self.clock.sleep(pause)
        said = f"DigitalOcean answered {status}: {message} (request id {headers.get('x-request-id', 'unknown')})."
        if good or not status:
            said = message or "not ready yet."
        remedy = REMEDIES.get(status, "")
        if again:
            remedy = f"It takes more than droplet_patience ({self.patience} s): run the playbook again later."
        elif unclear:
            remedy = "It was not repeated, since it may have been done: run the playbook again, to find what is there."
        raise ApiError(f"{method} {path}: {said} {remedy}")

    def wait(self, path: str, until: Condition) -> Json:
        """Return the thing at a path, which the answer names first, as soon as `until` holds for it."""
        answer = self.call("GET", path, until=lambda answer: until(next(iter(answer.values()))))
        return dict(next(iter(answer.values())))

    def all(self, path: str, key: str, page: int = 1) -> list[Json]:
        """Return what is on this and all later pages. Their addresses are made here: the token is sent nowhere else."""
        answer = self.call("GET", f"{path}?per_page=200&page={page}")
        more = ((answer.get("links") or {}).get("pages") or {}).get("next")
        return (answer[key] or []) + (self.all(path, key, page + 1) if more else [])

    def _send(self, method: str, path: str, body: Json | None) -> tuple[int, Json, Any]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        try:
            request = Request(self.url + path, data, headers, method=method)  # noqa: S310 (the operator's own do_api_url)
            with OPENER.open(request, timeout=self.timeout) as response:
                content, status = response.read(), response.status
                if status >= 400 and response.headers.get_content_type() != "application/json":
                    return status, {"message": f"{response.reason}, in no JSON"}, response.headers
                return status, json.loads(content or "{}"), response.headers
        except (OSError, ValueError, HTTPException) as error:
            hint = f"It may be out of reach, or do_api_url ({self.url}) may be wrong."
            return 0, {"message": f"no answer ({error}). {hint}"}, {}
