"""PostgreSQL 18 on this machine: one cluster, one database and one role a service, nobody reads another's."""

import os
import secrets
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from deploy.local.artifacts import postgres_binaries
from deploy.local.processes import Child, Children

UNPRIVILEGED = 65534  # «nobody»: PostgreSQL refuses to run as root
ALIVE_WITHIN = 60  # seconds
SETTINGS = {"listen_addresses": "127.0.0.1", "max_connections": "200", "shared_buffers": "128MB", "max_wal_size": "1GB"}


def runs_as() -> int:
    """A uid to drop to, or -1 for whoever we are."""
    return UNPRIVILEGED if os.geteuid() == 0 else -1


@dataclass
class Postgres:
    """`folder` is where its data lives; `software` where the binaries are unpacked."""

    folder: Path
    software: Path
    port: int
    password: str
    children: Children
    user: int = field(default_factory=runs_as)

    def start(self) -> None:
        self.folder = traversable(self.folder, self.user)
        binaries = postgres_binaries(traversable(self.software, self.user)) / "bin"
        if not (self.folder / "data" / "PG_VERSION").exists():
            self._initialise(binaries)
        self._run(binaries)

    def settings(self) -> dict[str, str]:
        return SETTINGS

    def _run(self, binaries: Path) -> None:
        options = [part for name, value in self.settings().items() for part in ("-c", f"{name}={value}")]
        command: list[str | Path] = [binaries / "postgres", "-D", self.folder / "data", "-p", str(self.port), *options]
        command += ["-c", f"unix_socket_directories={self.folder}"]
        self.binaries = binaries
        deadline = time.monotonic() + ALIVE_WITHIN
        while not self._started(command):
            if time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL n'est pas seul sur ses données, voir {self.child.log}")
            time.sleep(0.2)

    def _started(self, command: Sequence[str | Path]) -> bool:
        """Start it; return whether it runs. Processes of a killed server keep its memory until they notice and end."""
        log = self.folder / "postgres.log"
        self.child: Child = self.children.start("postgres", command, log, env={"LC_ALL": "C"}, user=self.user)
        try:
            self.child.wait_for("database system is ready to accept connections")
        except RuntimeError:
            if "is still in use" not in self.child.written:
                raise
            return False
        return True

    def _initialise(self, binaries: Path) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        secret = self.folder / "initial-password"
        secret.touch(mode=0o600)
        secret.write_text(self.password)
        for path in (self.folder, secret):
            os.chown(path, self.user, self.user)
        command = [binaries / "initdb", "-D", self.folder / "data", "-U", "postgres", "--pwfile", secret]
        command += ["-A", "scram-sha-256", "-E", "UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
        drop = {"user": self.user, "group": self.user, "extra_groups": []} if self.user >= 0 else {}
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder, env={"LC_ALL": "C"}, **drop)  # type: ignore[call-overload]  # noqa: S603 - our own command
        secret.unlink()

    def stop(self) -> None:
        self.child.stop(signal.SIGINT)

    def kill(self) -> None:
        self.child.kill()

    def restart(self) -> None:
        self._run(self.binaries)

    @property
    def dsn(self) -> str:
        return f"postgresql://postgres:{self.password}@127.0.0.1:{self.port}/postgres"

    def url(self, name: str, role: str = "") -> str:
        """For the owner of the database of that name, or another role, as SQLAlchemy wants it."""
        return f"postgresql+asyncpg://{role or name}:{self.password}@127.0.0.1:{self.port}/{name}"

    async def create_database(self, name: str, template: str = "template1") -> str:
        """A role and a database that only it may connect to; the answer is its URL. Doing it again changes nothing."""
        await self.create_role(name)
        admin = await asyncpg.connect(self.dsn)
        try:
            if not await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
                await admin.execute(f'CREATE DATABASE "{name}" OWNER "{name}" TEMPLATE "{template}"')
                await admin.execute(f'REVOKE CONNECT ON DATABASE "{name}" FROM PUBLIC')
        finally:
            await admin.close()
        return self.url(name)

    async def create_role(self, name: str) -> None:
        """One that may sign in, and nothing else. Doing it again changes nothing."""
        admin = await asyncpg.connect(self.dsn)
        try:
            if not await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", name):
                await admin.execute(f"CREATE ROLE \"{name}\" LOGIN PASSWORD '{self.password}'")
        finally:
            await admin.close()


def where(folder: Path, user: int) -> Path:
    """The folder itself, or one under the temporary folder when the unprivileged user could not get there."""
    folder = folder.absolute()
    existing = [parent for parent in folder.parents if parent.exists()]
    if user >= 0 and any(not parent.stat().st_mode & 0o001 for parent in existing):
        return Path(tempfile.gettempdir()) / f"pass-numerique-{folder.as_posix().strip('/').replace('/', '-')}"
    return folder


def traversable(folder: Path, user: int) -> Path:
    """That folder, made."""
    made = where(folder, user)
    made.mkdir(parents=True, exist_ok=True)
    return made


def new_password() -> str:
    return secrets.token_hex(16)
