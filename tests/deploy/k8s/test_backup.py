"""The documented backup of the admin's volume, and its way back, work on a database in use."""

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tests.support.programs import ROOT


def test_documented_backup_and_restore_bring_every_row_back(tmp_path: Path) -> None:
    document = (ROOT / "docs/kubernetes.md").read_text()
    backup, restore = re.findall(r"exec (?:-i )?deployment/homercovilha-admin -- python -c '(.+?)' [<>]", document)
    database = tmp_path / "db.sqlite3"
    with closing(sqlite3.connect(database, isolation_level=None)) as user:
        user.execute("CREATE TABLE users (name TEXT)")
        user.execute("INSERT INTO users VALUES ('homer')")
        copy = run(backup, database)
        user.execute("DELETE FROM users")
        run(restore, database, copy)

        assert user.execute("SELECT name FROM users").fetchall() == [("homer",)]


def run(program: str, database: Path, given: bytes = b"") -> bytes:
    command = [sys.executable, "-c", program.replace("/data/db.sqlite3", str(database))]
    return subprocess.run(command, input=given, capture_output=True, check=True).stdout
