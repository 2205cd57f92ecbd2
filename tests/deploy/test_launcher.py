"""What the launcher promises: nothing outlives it, nobody's running data is deleted, only pinned files are used."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from jgo.maven import MavenContext

from deploy.local import artifacts
from deploy.local.artifacts import NotTheArtifact, Pin, pins
from deploy.local.postgres import UNPRIVILEGED, where
from deploy.local.processes import Children
from deploy.local.servers import ROOT, AlreadyRunning, Servers, emptied, locked, removed
from tests.waiting import until_now

LAUNCHER = """
import sys, time
from pathlib import Path
from deploy.local.processes import Children
child = Children().start("sleeper", [sys.executable, "-c", "import time; time.sleep(600)"], Path(sys.argv[1]))
print(child.process.pid, flush=True)
time.sleep(600)
"""


def ended(process: int) -> bool:
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return stat.rpartition(")")[2].split()[0] == "Z"


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_what_it_started_ends_with_it_however_it_ends(tmp_path: Path, how: signal.Signals) -> None:
    command = [sys.executable, "-c", LAUNCHER, str(tmp_path / "log")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as launcher:  # noqa: S603 - our own command
        assert launcher.stdout
        child = int(launcher.stdout.readline())
        assert not ended(child)
        launcher.send_signal(how)
    until_now(lambda: ended(child), "the child has ended")


def test_what_a_child_left_behind_ends_with_it(tmp_path: Path) -> None:
    children = Children()
    forks = "import os, sys, time\nif os.fork() == 0:\n    print(os.getpid(), flush=True)\n    time.sleep(600)\n"
    child = children.start("forks", [sys.executable, "-c", forks + "time.sleep(1)"], tmp_path / "log")
    child.wait_for("\n")
    left = int(child.log.read_text())
    assert not ended(left)
    children.close()
    until_now(lambda: ended(left), "what it left behind has ended")


def test_a_log_keeps_what_was_written_before_and_a_sign_is_looked_for_in_what_is_new(tmp_path: Path) -> None:
    children = Children()
    children.start("speaks", [sys.executable, "-c", "print('ready once')"], tmp_path / "log").process.wait()
    child = children.start("speaks", [sys.executable, "-c", "print('ready twice')"], tmp_path / "log")
    child.process.wait()
    assert child.log.read_text() == "ready once\nready twice\n"
    with pytest.raises(RuntimeError, match="ready twice"):
        child.wait_for("ready once")
    children.close()


def test_a_child_that_cannot_be_started_again_is_still_known(tmp_path: Path) -> None:
    children = Children()
    first = children.start("child", [sys.executable, "-c", ""], tmp_path / "log")
    with pytest.raises(FileNotFoundError):
        children.start("child", [tmp_path / "no such program"], tmp_path / "log")
    assert children.running["child"] is first
    children.close()
    assert not children.running


def test_running_servers_keep_their_data_when_someone_begins_afresh(tmp_path: Path) -> None:
    data = tmp_path / "kafka" / "data"
    data.mkdir(parents=True)
    with locked(tmp_path / "lock"), pytest.raises(AlreadyRunning), Servers.started(tmp_path, afresh=True):
        pass
    assert data.exists()


def test_data_that_had_to_be_elsewhere_goes_with_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below a folder that only root may enter, PostgreSQL's data is under the temporary folder."""
    monkeypatch.setattr("deploy.local.servers.runs_as", lambda: UNPRIVILEGED)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "elsewhere"))
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    (private / "system").mkdir()
    data = where(private / "system" / "postgres", UNPRIVILEGED) / "data"
    data.mkdir(parents=True)
    (private / "system" / "lock").touch()
    (private / "system" / "servers.json").touch()
    assert data.is_relative_to(tmp_path / "elsewhere")
    emptied(private / "system")
    assert not data.parent.exists()
    assert [path.name for path in (private / "system").iterdir()] == ["lock"]
    removed(private / "system")
    assert not (private / "system").exists()


def test_a_file_that_is_not_the_pinned_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    server, *_ = pins("kafka")
    other = Pin(server.artifact, server.use, sha256="0" * 64)
    monkeypatch.setattr(artifacts, "pins", lambda _: [other])
    with pytest.raises(NotTheArtifact, match="empreinte"):
        artifacts.fetch("kafka")
    assert server.fetched(MavenContext()).exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="who is not root drops to nobody")
def test_nobody_runs_postgresql_when_the_launcher_is_root(servers: Servers) -> None:
    if hasattr(servers.postgres, "child"):  # not in a container
        assert Path(f"/proc/{servers.postgres.child.process.pid}").stat().st_uid == UNPRIVILEGED
