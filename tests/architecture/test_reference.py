"""docs/settings.md and docs/metrics.md list what there is: every setting, every metric."""

from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry, Gauge

from chassis import telemetry
from chassis.settings import ServiceSettings
from deploy.reference import metrics, pages, settings


def test_the_references_are_current() -> None:
    """python -m deploy.reference"""
    assert pages.outdated() == []


def test_every_setting_has_its_sentence_and_its_unit_and_every_metric_what_to_do() -> None:
    assert [*settings.unclear(), *metrics.unclear()] == []


def test_a_setting_without_a_sentence_or_a_unit_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    class Bare(ServiceSettings):
        service = "bare"
        lasts: timedelta = timedelta(days=1)
        number: int = 3

    monkeypatch.setattr(settings, "SERVICES", (Bare,))
    assert [*settings.unclear()] == [
        "PASS_LASTS has no sentence", "PASS_NUMBER has no sentence", "PASS_NUMBER has no unit",
    ]  # fmt: skip


def test_a_metric_of_which_nothing_is_written_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    new = Gauge("pass_new", "Something new", registry=CollectorRegistry())
    monkeypatch.setattr(telemetry, "new", new, raising=False)
    assert [*metrics.unclear()] == ["pass_new is not in advice.csv"]


def test_no_secret_shows_a_default() -> None:
    assert {setting.default for setting in settings.settings() if setting.secret} <= {"none", "must be set"}
