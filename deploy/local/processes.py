"""Child processes that never outlive their launcher, however it ends.

A watchdog of its own session reads the process groups from a pipe; when the launcher is gone, even by kill -9, the
pipe closes and the watchdog ends what is left.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

WATCHDOG = """
import os, signal, sys, time
signal.signal(signal.SIGINT, signal.SIG_IGN); signal.signal(signal.SIGTERM, signal.SIG_IGN)
groups = set()
for line in sys.stdin:
    groups.add(int(line)) if int(line) > 0 else groups.discard(-int(line))
for wanted in (signal.SIGTERM, signal.SIGKILL):
    for group in groups:
        try: os.killpg(group, wanted)
        except OSError: pass
    time.sleep(3 if wanted == signal.SIGTERM and groups else 0)
"""


@dataclass
class Child:
    """A running process with a group of its own."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    began: int  # where its output begins in the log

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def send(self, number: int) -> None:
        if self.running:
            os.killpg(self.process.pid, number)

    def stop(self, number: int = signal.SIGTERM, within: float = 15) -> None:
        """Ask, wait, insist."""
        self.send(number)
        try:
            self.process.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()
        with suppress(ProcessLookupError):  # what it started and did not end
            os.killpg(self.process.pid, signal.SIGKILL)

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        self.process.wait()

    @property
    def written(self) -> str:
        return self.log.read_bytes()[self.began :].decode(errors="replace")

    def wait_for(self, sign: str, within: float = 60) -> None:
        """Until it has written the sign. Raises RuntimeError with the end of what it wrote."""
        deadline = time.monotonic() + within
        while sign not in (text := self.written):
            if not self.running or time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} n'a pas démarré, voir {self.log} :\n{text[-2000:]}")
            time.sleep(0.05)


@dataclass
class Children:
    """Starts processes and ends them all."""

    running: dict[str, Child] = field(default_factory=dict)
    watchdog: subprocess.Popen[str] = field(init=False)

    def __post_init__(self) -> None:
        command = [sys.executable, "-c", WATCHDOG]
        self.watchdog = subprocess.Popen(command, stdin=subprocess.PIPE, text=True, start_new_session=True)  # noqa: S603 - our own command

    def start(
        self,
        name: str,
        command: Sequence[str | Path],
        log: Path,
        *,
        env: Mapping[str, str] | None = None,
        user: int = -1,
    ) -> Child:
        """Instead of the last of this name. Its output is added to `log`. `user` is a uid to drop to, when root."""
        if name in self.running:
            self._tell(-self.running[name].process.pid)
        log.parent.mkdir(parents=True, exist_ok=True)
        how: dict[str, Any] = {"user": user, "group": user, "extra_groups": []} if user >= 0 else {}
        how |= {"env": {**os.environ, **(env or {})}, "start_new_session": True, "stdin": subprocess.DEVNULL}
        with log.open("ab") as output:
            began = output.tell()
            process = self._begin([str(part) for part in command], output.fileno(), how)
        self.running[name] = Child(name, process, log, began)
        self._tell(process.pid)
        return self.running[name]

    def _begin(self, command: Sequence[str], output: int, how: Mapping[str, Any]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, **how)  # noqa: S603 - our own

    def close(self) -> None:
        """The last started ends first."""
        for name, child in reversed([*self.running.items()]):
            child.stop()
            self._tell(-child.process.pid)
            del self.running[name]
        if self.watchdog.stdin:
            self.watchdog.stdin.close()
        self.watchdog.wait()

    def _tell(self, group: int) -> None:
        """A group that the watchdog ends; negative, one that it forgets: its number may soon be another's."""
        if self.watchdog.stdin:
            self.watchdog.stdin.write(f"{group}\n")
            self.watchdog.stdin.flush()
