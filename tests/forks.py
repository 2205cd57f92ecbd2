"""Our programs as processes of their own, forked from one that has imported what they share.

A start costs a fifth of what the interpreter and the imports cost anew. Only tests start so: `make run`, `make demo`
and the journeys begin each service as in life.
"""

import multiprocessing
import os
import runpy
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, cast

from deploy.local.processes import Children
from tests.waiting import PATIENCE

SHARED = [
    "alembic.command",
    "chassis.commands",
    "chassis.runtime",
    "chassis.site",
    "contracts.topics",
    "faststream.kafka",
    "typst",
    "uvloop",
]
"""What is imported once: nothing of one service alone, so that none has another's tables or gauges."""

forking = multiprocessing.get_context("forkserver")
forking.set_forkserver_preload(SHARED)


@dataclass
class Forked:
    """What `Child` asks of a `subprocess.Popen`."""

    process: ForkServerProcess

    @property
    def pid(self) -> int:
        return cast("int", self.process.pid)

    def poll(self) -> int | None:
        return self.process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Raises subprocess.TimeoutExpired."""
        self.process.join(timeout)
        code = self.process.exitcode
        if code is None:
            raise subprocess.TimeoutExpired(self.process.name, timeout or 0)
        return code


class Forking(Children):
    """Starts `python -m …` by forking, anything else as ever."""

    def _begin(self, command: Sequence[str], output: int, how: Mapping[str, Any]) -> Any:
        if command[:2] != [sys.executable, "-m"] or "user" in how:
            return super()._begin(command, output, how)
        forked = begun(command[2:], Path(f"/proc/self/fd/{output}").resolve(), how["env"])
        while forked.poll() is None and os.getpgid(forked.pid) != forked.pid:
            time.sleep(0.001)
        return forked


def answer_of(command: Sequence[str], env: Mapping[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run `python -m …` to its end and return what it wrote; `folder` is for that."""
    output, errors = folder / "output", folder / "errors"
    for file in (output, errors):
        file.unlink(missing_ok=True)
    code = begun(command[2:], output, env, errors).wait(PATIENCE)
    return subprocess.CompletedProcess(command, code, output.read_text(), errors.read_text())


def begun(argv: Sequence[str], output: Path, env: Mapping[str, str], errors: Path | None = None) -> Forked:
    process = forking.Process(target=run, args=(argv, output, dict(env), errors), name=argv[0], daemon=True)
    process.start()
    return Forked(process)


def run(argv: Sequence[str], output: Path, env: Mapping[str, str], errors: Path | None = None) -> None:
    """In the new process: what the shell would have prepared, then the module as its main program."""
    os.setsid()
    with output.open("ab") as out, (errors or output).open("ab") as err, Path(os.devnull).open("rb") as nothing:
        for number, file in enumerate((nothing, out, err)):
            os.dup2(file.fileno(), number)
    os.environ.clear()
    os.environ.update(env)
    sys.argv = [*argv]
    runpy.run_module(argv[0], run_name="__main__", alter_sys=True)
