"""Write the table of settings into a Markdown file, in place of its table: python -m tests.docs.settings_table FILE"""

import re
import sys
from pathlib import Path

from homercovilha.environment import VARIABLES


def write(document: Path) -> None:
    """Replace the only table of `document`; raises ValueError if it has none or several."""
    rows = ["| variable | default | meaning |", "| --- | --- | --- |"]
    for name, variable in VARIABLES.items():
        default = variable.default_text or (f"`{variable.default}`" if variable.default else "unset")
        rows.append(f"| `{name}` | {default} | {variable.meaning} |")
    table = "\n".join(rows) + "\n"
    text, count = re.subn(r"(^\|.*\n)+", lambda _: table, document.read_text(), flags=re.MULTILINE)
    if count != 1:
        raise ValueError(f"{document} has {count} tables, not one")
    document.write_text(text)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
