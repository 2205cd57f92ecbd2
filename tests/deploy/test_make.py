"""What the Makefile gives to all that it starts."""

import os
import subprocess
from pathlib import Path

from deploy.local.servers import ROOT

SHOW = "include Makefile\nshow:\n\t@python3 -c 'import sys; print(sys.dont_write_bytecode)'\n"


def test_what_make_starts_writes_what_it_has_compiled_whatever_the_shell_says(tmp_path: Path) -> None:
    """Packages are installed uncompiled: each of the suite's many processes would compile them anew."""
    (tmp_path / "makefile").write_text(SHOW)
    command = ["make", "--silent", f"--file={tmp_path / 'makefile'}", "show"]
    written = subprocess.check_output(command, cwd=ROOT, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}, text=True)  # noqa: S603 - our own command
    assert written.split() == ["False"]
