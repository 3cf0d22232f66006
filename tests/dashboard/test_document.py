"""The example that the page is drawn from in its tests has the shape of the document."""

import json

from tests.dashboard.example import FILE, example


def test_example_is_the_document() -> None:
    assert json.loads(FILE.read_text()) == example().as_json()
