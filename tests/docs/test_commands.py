"""Every command of the documents is run as it stands there, or the document says why it is not."""

import os
import re
import shutil
import subprocess
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands

from tests.docs.markdown import Block, blocks, code, documents, tracked
from tests.support.programs import PROMETHEUS, ROOT, require

# These begin a server or take minutes, and another test runs them. Here their targets have to exist.
RUN_ELSEWHERE = {
    "make run": "tests/rehearsal/test_first_run.py",
    "make demo": "tests/demo/test_demo.py",
    "make test": ".ci/run",
    "make proof": "tests/e2e/test_proof.py",
    "docker build": "tests/rehearsal/pods/conftest.py",
    "docker run": "tests/rehearsal/pods/test_readme.py",
}
LANGUAGES = {"sh", "console", "yaml", "promql", "python", "text"}
FOLDERS = "deploy|docs|tests|scripts|benchmarks|demo|homercovilha|pages|exporter|dashboard"
PATH = re.compile(rf"(?<![\w./-])(?:{FOLDERS})/[\w./*-]*\w")
# Written by a command that the document names.
MADE = re.compile(r"made-by-make-secrets|known_hosts|inventory/droplets\.yml")

COMMANDS = [block for block in blocks() if block.language in {"sh", "console"}]
RUN = [block for block in COMMANDS if not block.not_run]


@pytest.mark.parametrize("block", blocks(), ids=str)
def test_every_block_has_a_language(block: Block) -> None:
    assert block.language in LANGUAGES, f"{block}: write one of {sorted(LANGUAGES)} behind the three backticks"
    assert block.language != "console" or block.commands, f"{block}: a console block has a command behind `$ `"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of the files that git knows, so that commands may write."""
    for name in tracked():
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tmp_path / name)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    return tmp_path


@pytest.mark.parametrize("name", sorted({block.document for block in RUN}))
def test_blocks_run_in_turn_as_they_stand(name: str, checkout: Path) -> None:
    # Without tokens, kubeconfig and keys: a block that should have been marked must not reach anything of the user's.
    environ = {"PATH": f"{ROOT / '.venv/bin'}:{os.environ['PATH']}", "HOME": str(checkout)}
    for block in [block for block in RUN if block.document == name]:
        here = [line for line in block.commands.splitlines() if not _run_elsewhere(line)]
        command = ["bash", "-euo", "pipefail", "-c", "\n".join(here)]
        done = subprocess.run(command, cwd=checkout, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{block}: mark it with <!-- not run: why --> if it cannot run here\n{done.stderr}"
        for line in block.output:
            pattern = line.replace("[", "[[]").replace("…", "*")
            printed = done.stdout.splitlines()
            assert any(fnmatchcase(line, pattern) for line in printed), f"{block}: {line} is not in\n{done.stdout}"


def _run_elsewhere(line: str) -> bool:
    return any(line == start or line.startswith(f"{start} ") for start in RUN_ELSEWHERE)


@pytest.mark.parametrize("where", RUN_ELSEWHERE.values())
def test_what_runs_elsewhere_has_its_test(where: str) -> None:
    assert (ROOT / where).exists()


@pytest.mark.parametrize("block", [block for block in blocks() if block.language == "yaml"], ids=str)
def test_yaml_is_yaml(block: Block) -> None:
    # A block may show alternatives, with a comment between them.
    for alternative in block.text.split("\n# or\n"):
        assert yaml.safe_load(alternative)


@pytest.mark.parametrize("block", [block for block in blocks() if block.language == "promql"], ids=str)
def test_promql_is_promql(block: Block, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text(
        yaml.safe_dump({"groups": [{"name": "documented", "rules": [{"record": "x", "expr": block.text}]}]})
    )
    subprocess.run([require(str(PROMETHEUS / "promtool")), "check", "rules", str(rules)], check=True)


@pytest.fixture(scope="module")
def names() -> set[str]:
    """Return every word of every file that is not a document, and the names of the files."""
    listed = [ROOT / name for name in tracked() if not name.endswith((".md", ".png"))]
    text = "\n".join(str(path) + path.read_text(errors="ignore") for path in listed if path.is_file())
    return set(re.findall(r"\w+", text))


@pytest.mark.parametrize("name", documents())
def test_named_variables_metrics_and_functions_exist(name: str, names: set[str]) -> None:
    # Anything with an underscore is a name of this project, but for paths of an operating system.
    spans = (re.sub(r"/etc/\S+", "", span) for span in code(name))
    assert {word for span in spans for word in re.findall(r"\b[A-Za-z]\w*_\w+\b", span)} <= names


@pytest.mark.parametrize("name", documents())
def test_named_commands_and_files_exist(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = get_commands()
    for text in [*code(name), *(block.commands for block in COMMANDS if block.document == name)]:
        for target in re.findall(r"\bmake ([a-z-]+)\b", text):
            assert target in targets, f"{name}: make {target}"
        for command in re.findall(r"manage\.py (\w+)", text):
            assert command in commands, f"{name}: manage.py {command}"
        for module in re.findall(r"python -m ((?:benchmarks|tests)[\w.]*)", text):
            path = ROOT / module.replace(".", "/")
            assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), f"{name}: {module}"
        for path_name in PATH.findall(text):
            assert MADE.search(path_name) or any(ROOT.glob(path_name)), f"{name}: {path_name}"


def test_make_lets_python_keep_what_it_compiles() -> None:
    # Otherwise, in a fresh clone, every Python that the tests start compiles all that it imports.
    command = [require("make"), "--eval", "show: ; @env", "show"]
    environ = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    shown = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True)
    assert "PATH=" in shown.stdout
    assert "PYTHONDONTWRITEBYTECODE" not in shown.stdout
