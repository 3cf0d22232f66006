"""Calls to DigitalOcean's API: paged lists, waiting and retrying, and a sentence for every other outcome."""

from __future__ import annotations

import json
import ssl
import time
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

# What can be done later, by a part of the message. Two are not in the API's description: an action runs on the Droplet
# (github.com/digitalocean/terraform-provider-digitalocean/issues/1034), a VPC's Droplets went just now (…/issues/488,
# with 409 in github.com/pulumi/pulumi-digitalocean/issues/753).
NOT_YET = {422: "pending event", 403: "with members", 409: "with members", 429: ""}
REMEDIES = {
    401: "Put a valid API token into DIGITALOCEAN_TOKEN.",
    403: "The token may lack a scope; docs/droplets.md lists them.",
    404: "It is not there, or no longer; run the playbook again.",
    422: "Correct the value that it names.",
}


class ApiError(Exception):
    """A sentence: what was refused or did not happen, and the remedy."""


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_):
        """Let a redirect be an error: the token goes to no other place."""


class Api:
    """The API at `url`: `timeout` seconds for an answer, `pause` between two calls, `patience` in all."""

    clock = time

    def __init__(self, url, token, timeout, pause, patience):
        self.url, self.token, self.timeout, self.pause, self.patience = url, token.strip(), timeout, pause, patience
        # Not ansible.module_utils.urls: that one reads all certificate authorities again for each call.
        self.opener = build_opener(_NoRedirects, HTTPSHandler(context=ssl.create_default_context()))

    def call(self, method, path, body=None, accept=(), until=bool):
        """Return the answer as soon as its status is 2xx or in `accept`, and `until` holds for it; or raise ApiError.

        A POST without a clear answer is not repeated: it may have made something already.
        """
        began = self.clock.monotonic()
        while True:
            status, answer, headers = self._call(method, path, body)
            message = answer.get("message", "")
            good, unclear = 200 <= status < 300 or status in accept, status == 0 or status >= 500
            if good and (until is bool or until(answer)):
                return answer
            not_yet = status in NOT_YET and NOT_YET[status] in message
            again = good or not_yet or (unclear and method != "POST")
            after = headers.get("retry-after", "")
            pause = int(after) if after.isdigit() else self.pause
            if not again or self.clock.monotonic() - began + pause > self.patience:
                break
            self.clock.sleep(pause)
        request = answer.get("request_id") or headers.get("x-request-id", "unknown")
        said, remedy = f"DigitalOcean answered {status}: {message} (request id {request}).", REMEDIES.get(status, "")
        if good:
            said = "not ready yet."
        if status == 0:
            said = f"no answer ({message}). It may be out of reach, or do_api_url ({self.url}) may be wrong."
        if again:
            remedy = f"It takes more than droplet_patience ({self.patience} s): run the playbook again later."
        elif unclear:
            remedy = "It was not repeated, since it may have been done: run the playbook again, to find what is there."
        raise ApiError(f"{method} {path}: {said} {remedy}")

    def all(self, path, key):
        """Return everything on all pages of a list. Their addresses are made here: the token is sent nowhere else."""
        found, page, more = [], 0, True
        while more:
            page += 1
            answer = self.call("GET", f"{path}?per_page=200&page={page}")
            found += answer[key] or []
            more = ((answer.get("links") or {}).get("pages") or {}).get("next")
        return found

    def _call(self, method, path, body):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        try:
            request = Request(self.url + path, data, headers, method=method)  # noqa: S310 (the operator's own do_api_url)
            try:
                response = self.opener.open(request, timeout=self.timeout)
            except HTTPError as error:
                response = error
            with response:
                content, status, headers = response.read(), response.status, response.headers
            if content and headers.get_content_type() != "application/json":
                return status if status >= 400 else 0, {"message": f"{response.reason}, in no JSON"}, headers
            return status, json.loads(content or "{}"), headers
        except (OSError, ValueError, HTTPException) as error:
            return 0, {"message": str(error)}, {}
