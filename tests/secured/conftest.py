from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from sqlalchemy import MetaData

from chassis import migration
from chassis.site import Site
from contracts.topics import TOPICS
from deploy.kafka import acls
from deploy.local.artifacts import SOFTWARE
from deploy.local.postgres import new_password
from deploy.local.processes import Children
from deploy.local.servers import ROOT, free_ports
from tests.conftest import own_folder
from tests.secured.servers import Certificates, SecuredKafka, SecuredPostgres
from tests.sites import SERVICES, site_of


@dataclass
class Secured:
    """`databases` are those of the services, migrated by their owners, as URLs of the role that serves."""

    kafka: SecuredKafka
    postgres: SecuredPostgres
    databases: dict[str, str]

    def site(self, service: str, **changed: Any) -> Site:
        known: dict[str, Any] = {"url": self.databases[service], "bus": self.kafka.bus(service)}
        return site_of(service, **(known | changed))


@pytest.fixture(scope="package")
def secured_servers() -> Iterator[Secured]:
    """Started once, for this folder only, and gone when it is left."""
    with own_folder() as folder, closing(Children()) as children:
        certificates = Certificates(folder)
        ports, secret = free_ports(3), new_password()
        kafka = SecuredKafka(
            folder / "kafka", ports[0], ports[1], "c2VjdXJlZC1wYXNzLW51bQ", children, certificates, secret
        )
        postgres = SecuredPostgres(folder / "postgres", SOFTWARE, ports[2], secret, children, certificates=certificates)
        with ThreadPoolExecutor() as both:
            for started in [both.submit(kafka.start), both.submit(postgres.start)]:
                started.result()
        kafka.create_topics_now(TOPICS.values())
        yield Secured(kafka, postgres, {})
        kafka.kill()  # its orderly end takes seconds, and nobody needs its data


@pytest.fixture
async def secured(secured_servers: Secured) -> Secured:
    """With its permissions and databases, made at the first time."""
    if not secured_servers.databases:
        async with administrator(secured_servers) as admin:
            await acls.create(admin, acls.written())
        for service in SERVICES:
            secured_servers.databases[service] = await made(secured_servers.postgres, service)
    return secured_servers


@asynccontextmanager
async def administrator(secured: Secured) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**secured.kafka.client())
    await admin.start()
    yield admin
    await admin.close()


async def made(postgres: SecuredPostgres, service: str) -> str:
    role = f"{service}_serves"
    owner = await postgres.create_database(service)
    await postgres.create_role(role)
    await migration.migrate(owner, ROOT / "services" / service / "migrations", MetaData(), role=role)
    return postgres.url(service, role)
