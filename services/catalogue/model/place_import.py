"""What became of a file of places, and what a person has answered about places that may be one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy import CheckConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.catalogue.model.record import Record

TRIES = 3


class HowToImport(BaseModel):
    """`whole`: the name of the list, when the file is all of it. `elsewhere`: places outside of the Drôme too."""

    trial: bool = False
    whole: str = ""
    elsewhere: bool = False


class SameOrNot(BaseModel):
    """About two places, by their ids in files; of one, the first stays."""

    stays: str = Field(min_length=1, max_length=200)
    other: str = Field(min_length=1, max_length=200)
    same: bool


class PlaceImport(Record):
    """`result`: the counts, what was created or changed, and the remarks, as they were shown."""

    __tablename__ = "place_imports"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    imported_at: Mapped[datetime] = mapped_column(index=True)
    trial: Mapped[bool]
    list_name: Mapped[str]
    result: Mapped[dict[str, Any]] = mapped_column(JSONB)


class SubmittedFile(Record):
    """A file of places that waits, or is being imported: `done` places of `total`. Its result has the same id.

    After `TRIES` failures it is given up, and stays only to say so.
    """

    __tablename__ = "submitted_files"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    submitted_at: Mapped[datetime]
    trial: Mapped[bool]
    list_name: Mapped[str]
    elsewhere: Mapped[bool]
    content: Mapped[bytes] = mapped_column(deferred=True, deferred_raiseload=True)
    done: Mapped[int]
    total: Mapped[int]
    failures: Mapped[int] = mapped_column(default=0, server_default="0")

    @property
    def given_up(self) -> bool:
        return self.failures >= TRIES


class PlaceAnswer(Record):
    """About two places, by their ids in files: `same`, and then the first stays and the other is left out; or not."""

    __tablename__ = "place_answers"
    __table_args__ = (CheckConstraint("stays <> other", name="two"),)

    stays: Mapped[str] = mapped_column(primary_key=True)
    other: Mapped[str] = mapped_column(primary_key=True)
    same: Mapped[bool]
    answered_at: Mapped[datetime]


@dataclass(frozen=True)
class Answers:
    """`pairs` of ids are not asked about again; `merged`: which place stays, by the id of the one that is left out."""

    pairs: frozenset[frozenset[str]]
    merged: Mapping[str, str]
