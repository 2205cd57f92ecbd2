"""What the four services are put together of: routes, migrations, relationships."""

import importlib
import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from fastapi import APIRouter, Depends, FastAPI
from fastapi.dependencies.models import Dependant
from sqlalchemy import Connection, ForeignKey, MetaData
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Mapper, mapped_column, relationship

from chassis.db import chassis_tables
from chassis.migration import config
from chassis.web import Allowed, anybody
from chassis.web.csrf import check
from deploy.local.servers import ROOT
from tests.conftest import Created
from tests.sites import SERVICES, routes, site_of

PUBLIC = {
    "/mentions-legales",
    "/donnees",
    "/cookies",
    "/accessibilite",
    "/.well-known/security.txt",
    "/static/{version}/{name}",
    "/livez",
    "/readyz",
    "/statusz",
    "/metrics",
    "/connexion",
    "/connexion/fonction",
    "/connexion/fournisseur",
    "/connexion/prolonger",
    "/connexion/retour",
    "/deconnexion",
    "/",
    "/formations",
    "/formations/{code}",
    "/a-imprimer",
    "/formations/{code}/versions/{number}",
    "/espaces",
    "/espaces/{space_id}",
    "/agenda/espaces/{space_id}/{code}.ics",
    "/agenda/mediateurs/{mediator_id}/{code}.ics",
    "/ou-demander",
    "/r",
    "/r/{link}",
    "/r/{link}/annuler",
    "/r/{link}/accepter",
    "/r/{link}/refuser",
    "/api/catalogue/trainings",
    "/api/catalogue/spaces",
    "/api/catalogue/sessions",
    "/api/catalogue/places.csv",
    "/api/catalogue/data-inclusion/structures.json",
    "/api/catalogue/data-inclusion/services.json",
    "/api/notifications/receipts/sms",
    "/api/notifications/receipts/mail",
    "/api/notifications/receipts/ovh/{name}/{secret}",
    "/api/notifications/receipts/brevo/{name}",
    "/api/notifications/answers/sms",
    "/api/notifications/answers/ovh/{name}/{secret}",
    "/stop/{token}",
}
READS = {"GET", "HEAD"}


def dependencies(dependant: Dependant) -> Iterator[object]:
    for one in dependant.dependencies:
        yield one.call
        yield from dependencies(one)


def unguarded(app: FastAPI) -> list[str]:
    """Neither for someone with a role, nor marked as public and on the list."""
    found = []
    for route in routes(app):
        asked = [*dependencies(route.dependant)]
        guarded = any(isinstance(one, Allowed) for one in asked)
        if not guarded and not (anybody in asked and route.path in PUBLIC):
            found.append(route.path)
    return found


def unprotected(app: FastAPI) -> list[str]:
    """Changes something, and does not ask where the form comes from."""
    return [
        route.path
        for route in routes(app)
        if (route.methods or set()) - READS and check not in [*dependencies(route.dependant)]
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_is_authenticated_or_on_the_short_public_list(service: str) -> None:
    assert unguarded(site_of(service).application()) == []


@pytest.mark.parametrize("service", SERVICES)
def test_all_routes_are_looked_at(service: str) -> None:
    """FastAPI hides included routers behind objects of its own."""
    app = site_of(service).application()
    looked_at = {route.path for route in routes(app)}
    assert looked_at >= {*app.openapi()["paths"], "/livez", "/cookies", f"/{service}/etat"}


@pytest.mark.parametrize("service", SERVICES)
def test_every_form_is_protected(service: str) -> None:
    assert unprotected(site_of(service).application()) == []


def test_an_open_route_and_an_unprotected_form_are_seen() -> None:
    router = APIRouter()
    router.add_api_route("/secret", lambda: None, methods=["POST"])
    app = FastAPI()
    app.include_router(router)
    app.add_api_route("/hidden", lambda: None, dependencies=[Depends(anybody)])
    assert unguarded(app) == ["/secret", "/hidden"]
    assert unprotected(app) == ["/secret"]


def lazy(mappers: Iterable[Mapper[Any]]) -> list[str]:
    """Relationships that would load by themselves, in the middle of a page."""
    return [
        f"{mapper.class_.__name__}.{one.key}"
        for mapper in mappers
        for one in mapper.relationships
        if one.lazy not in {"raise", "raise_on_sql", "write_only"}
    ]


@pytest.mark.parametrize("service", SERVICES)
def test_no_relationship_loads_by_itself(service: str) -> None:
    model = importlib.import_module(f"services.{service}.model")
    assert lazy(model.Record.registry.mappers) == []


def test_a_relationship_that_loads_by_itself_is_seen() -> None:
    class Root(DeclarativeBase):
        pass

    class Parent(Root):
        __tablename__ = "parents"
        number: Mapped[int] = mapped_column(primary_key=True)
        parent_number: Mapped[int] = mapped_column(ForeignKey("parents.number"))
        parent = relationship("Parent", remote_side=[number])

    assert lazy(Root.registry.mappers) == ["Parent.parent"]


@pytest.mark.parametrize("service", SERVICES)
def test_one_migration_head(service: str) -> None:
    script = ScriptDirectory.from_config(config(ROOT / "services" / service / "migrations", MetaData()))
    assert len(script.get_heads()) == 1


def compared(name: str | None, kind: str, _: object) -> bool:
    """A partition is as its parent is."""
    return not (kind == "table" and re.fullmatch(r"published_\d", name or ""))


@pytest.mark.parametrize("service", SERVICES)
async def test_the_migrations_make_what_the_model_says(service: str, migrated: Created) -> None:
    tables = [chassis_tables, site_of(service).runtime.declared.tables]

    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"include_name": compared})
        return [*compare_metadata(context, tables)]  # type: ignore[arg-type]

    engine = create_async_engine(await migrated(service))
    async with engine.connect() as connection:
        found = await connection.run_sync(differences)
    await engine.dispose()
    known = "fk_sessions_label"  # a temporal foreign key, which SQLAlchemy can't say
    assert [one for one in found if known not in repr(one)] == []
