"""Which app may know of which: the exporter nothing of the pages, the pages nothing of how they are exported."""

import ast
from collections.abc import Iterator

import pytest

from tests.support.programs import ROOT

MAY_IMPORT = {
    "pages": {"pages"},
    "exporter": {"exporter"},
    "dashboard": {"dashboard", "exporter", "homercovilha"},
    "homercovilha": {"homercovilha", "dashboard", "exporter", "pages"},
}


@pytest.mark.parametrize("app", MAY_IMPORT)
def test_app_knows_of_no_other(app: str) -> None:
    imported = {name for name in _imported(app) if name in MAY_IMPORT}

    assert imported <= MAY_IMPORT[app]
    assert app in imported


def _imported(app: str) -> Iterator[str]:
    """Yield the top packages that the app's modules import."""
    for file in (ROOT / app).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module.partition(".")[0]
