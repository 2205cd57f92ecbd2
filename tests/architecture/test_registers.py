"""The record of processing and the impact assessment say what the code stores, and for how long."""

from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, MetaData, Table

from deploy.register import stored
from deploy.register.stored import differences, durations
from deploy.register.written import DOCUMENTS, outdated, renewed


def test_walls_17_every_table_is_in_the_record_of_processing() -> None:
    assert [*differences()] == []


def test_walls_17_a_table_of_which_nothing_is_said_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = MetaData()
    Table("secrets", tables, Column("id", Integer))
    monkeypatch.setattr(stored, "TABLES", {**stored.TABLES, "catalogue": tables})
    assert "catalogue.secrets is not in stored.csv" in [*differences()]


def test_walls_17_the_tables_of_the_documents_are_current() -> None:
    """python -m deploy.register"""
    assert outdated() == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_walls_17_another_duration_changes_the_document(document: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = document.read_text(encoding="utf-8")
    assert durations()["residents"] in text
    monkeypatch.setattr("deploy.register.written.durations", lambda: {**durations(), "residents": "10 ans"})
    assert "10 ans" in renewed(text) != text
