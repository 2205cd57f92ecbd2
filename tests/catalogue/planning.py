"""What tests of catalogue do again and again."""

import json
from collections.abc import Mapping
from typing import Any

import httpx
from sqlalchemy import text

from chassis.db import Database
from chassis.site import Site
from contracts.ids import uuid7
from services.catalogue import usecases
from services.catalogue.model import SeriesForm, Session, SessionForm
from tests.actors import asking
from tests.catalogue.conftest import OFFICE

ANY = {name: str(uuid7()) for name in ("training_id", "space_id", "mediator_id")} | {"capacity": 8}


async def put_on(database: Database, form: SessionForm, **more: object) -> Session:
    changed = form.model_copy(update=more)
    return await database.transact(lambda tx: usecases.put_on_session(tx, changed, OFFICE))


def series(form: Mapping[str, object] | SessionForm, **more: object) -> SeriesForm:
    known = form.model_dump() if isinstance(form, SessionForm) else form
    return SeriesForm.model_validate({**known, **more})


async def published_types(database: Database) -> list[str]:
    async with database.reading() as reading:
        return [row[0]["ce_type"] for row in await reading.execute(text("SELECT headers FROM outbox ORDER BY id"))]


async def published(database: Database, kind: str) -> list[dict[str, Any]]:
    """What the events of this type say, in their order."""
    query = text("SELECT body FROM outbox WHERE headers->>'ce_type' = :kind ORDER BY id")
    async with database.reading() as reading:
        return [json.loads(body) for body in await reading.scalars(query, {"kind": kind})]


async def get(site: Site, path: str, **headers: str) -> httpx.Response:
    async with asking(site.application()) as client:
        return await client.get(path, headers=headers)
