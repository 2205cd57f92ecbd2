import socket
from pathlib import Path

import pytest

from tests.infrastructure import Refused, choice, what_is_missing


def nothing() -> str:
    return ""


def everything() -> str:
    return "no container engine"


def never_asked() -> str:
    raise AssertionError


def test_containers_are_chosen_when_nothing_is_missing() -> None:
    assert choice("auto", nothing).containers
    assert choice("containers", nothing).containers


def test_local_servers_are_chosen_otherwise_and_the_reason_is_told() -> None:
    assert str(choice("auto", everything)) == "local (no container engine)"


def test_an_engine_that_happens_to_run_changes_nothing() -> None:
    assert not choice("", never_asked).containers


def test_local_servers_can_be_forced_without_asking_the_engine() -> None:
    assert not choice("local", never_asked).containers


def test_forced_containers_that_cannot_be_had_are_refused_and_not_replaced() -> None:
    with pytest.raises(Refused, match="no container engine"):
        choice("containers", everything)


def test_an_unknown_word_is_refused() -> None:
    with pytest.raises(Refused, match="docker"):
        choice("docker", nothing)


def test_an_engine_that_is_absent_or_elsewhere_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path / 'nobody.sock'}")
    assert "no container engine" in what_is_missing()
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:9")
    assert "not on this machine" in what_is_missing()


def test_an_engine_that_never_answers_does_not_hang_the_tests(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(tmp_path / "mute.sock"))
        mute.listen()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path / 'mute.sock'}")
        assert "does not answer" in what_is_missing()
