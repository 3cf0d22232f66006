"""Read the Markdown files of this repository: their blocks, commands, headings and links."""

import re
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.support.programs import ROOT, require

FENCE = re.compile(r"^ *```(?P<language>\w*)$")
MARK = re.compile(r"<!-- not run: (?P<reason>.+) -->")
# In text, in HTML (src, srcset, href), and of reference style.
LINK = re.compile(r"\]\((?P<text>[^)\s]+)\)|(?:src|srcset|href)=\"(?P<html>[^\"]+)\"")


@dataclass(frozen=True)
class Block:
    """A fenced block. `not_run` is the reason that the comment above it gives for not being run here."""

    document: str
    line: int
    language: str
    not_run: str
    text: str

    def __str__(self) -> str:
        return f"{self.document}:{self.line}"

    @property
    def commands(self) -> str:
        """Return the block as a shell script."""
        if self.language == "sh":
            return self.text
        # A command goes on after a backslash; every other line without a prompt is output.
        script = re.findall(r"^\$ ((?:.*\\\n)*.*)$", self.text, re.MULTILINE)
        return "\n".join(script)

    @property
    def output(self) -> list[str]:
        """Return the lines that the block shows as output of its commands."""
        without_commands = re.sub(r"^\$ (?:.*\\\n)*.*$", "", self.text, flags=re.MULTILINE)
        return [line for line in without_commands.splitlines() if line] if self.language == "console" else []


@cache
def tracked() -> list[str]:
    """Return the names of all files that git knows or could know, below the repository's root."""
    command = [require("git"), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name]


def documents() -> list[str]:
    """Return the names of all Markdown files."""
    return [name for name in tracked() if name.endswith(".md")]


@cache
def blocks() -> list[Block]:
    """Return every fenced block of every document."""
    return [block for name in documents() for block in _blocks(name)]


def _blocks(name: str) -> list[Block]:
    found, above = [], ""
    lines = iter(enumerate((ROOT / name).read_text().splitlines(), start=1))
    for number, line in lines:
        if fence := FENCE.match(line):
            indent = len(line) - len(line.lstrip())
            inside = []
            for _, inner in lines:
                if FENCE.match(inner):
                    break
                inside.append(inner[indent:])
            mark = MARK.search(above)
            reason = mark["reason"] if mark else ""
            found.append(Block(name, number, fence["language"], reason, "\n".join(inside) + "\n"))
        above = line
    return found


def prose(name: str) -> list[tuple[int, str]]:
    """Return the lines outside fenced blocks, with their numbers."""
    outside, found = True, []
    for number, line in enumerate((ROOT / name).read_text().splitlines(), start=1):
        if FENCE.match(line):
            outside = not outside
        elif outside:
            found.append((number, line))
    return found


def code(name: str) -> list[str]:
    """Return the inline code of a document."""
    return [span for _, line in prose(name) for span in re.findall(r"`([^`]+)`", line)]


def links(name: str) -> list[str]:
    """Return the targets of all links and images of a document."""
    without_code = [re.sub(r"`[^`]+`", "", line) for _, line in prose(name)]
    return [match["text"] or match["html"] for line in without_code for match in LINK.finditer(line)]


def anchors(path: Path) -> set[str]:
    """Return the anchors that GitHub gives to a document's headings."""
    found: set[str] = set()
    for _, line in prose(str(path.relative_to(ROOT))):
        if heading := re.match(r"#+ (.+)", line):
            slug = re.sub(r"[^\w\- ]", "", heading[1].lower()).replace(" ", "-")
            # GitHub numbers headings of the same name.
            number = next(n for n in range(100) if (f"{slug}-{n}" if n else slug) not in found)
            found.add(f"{slug}-{number}" if number else slug)
    return found
