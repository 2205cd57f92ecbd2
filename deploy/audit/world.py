"""All that was read: the rows of the four services, and what was published."""

import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import asyncpg

from deploy.audit.comparing import Statements
from deploy.audit.databases import Database, Rows, Traces
from deploy.audit.facts import Facts

SINCE = timedelta(days=150)
"""What ended before is no longer compared: retention begins to remove it here and there."""


@dataclass(frozen=True)
class World:
    """`salt` hides what is personal in what is compared: who reads a difference learns ids and no more."""

    services: Mapping[str, Database]
    facts: Facts
    traces: Mapping[str, Traces]
    now: datetime
    salt: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    def rows(self, service: str, question: str) -> Rows:
        return self.services[service].tables[question]

    def hidden(self, *values: object) -> str:
        """The same for the same values, during one audit."""
        return hmac.digest(self.salt, repr(values).encode(), "sha256").hex()[:8]

    def is_recent(self, ends_at: datetime) -> bool:
        return ends_at > self.now - SINCE

    def of_somebody(self, rows: Iterable[asyncpg.Record]) -> list[asyncpg.Record]:
        """Without what became nobody's when its person was erased: such ids are on no topic."""
        return [row for row in rows if row["beneficiary_id"] in self.facts.people]


def stated(rows: Iterable[asyncpg.Record], *columns: str) -> Statements:
    """By id, these columns; «» stands for what this source does not know."""
    return {row["id"]: tuple(row[column] if column else None for column in columns) for row in rows}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
