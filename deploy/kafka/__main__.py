"""`python -m deploy.kafka` writes `acls.json`; `python -m deploy.kafka create` gives its permissions to a cluster.

The cluster is that of `PASS_BUS__BOOTSTRAP`, with an administrator's `PASS_BUS__USERNAME` and `__PASSWORD`. Topics are
written by `python -m contracts`.
"""

import asyncio
import sys

from aiokafka.admin import AIOKafkaAdminClient
from pydantic_settings import BaseSettings, SettingsConfigDict

from chassis.bus import Bus
from deploy.kafka.acls import FILE, as_text, create, wanted, written
from deploy.kafka.consumed import consumed


class Administrator(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="PASS_", env_nested_delimiter="__")

    bus: Bus


async def give() -> None:
    """Doing it again changes nothing."""
    admin = AIOKafkaAdminClient(**Administrator().bus.client())
    await admin.start()
    try:
        await create(admin, written())
    finally:
        await admin.close()


if sys.argv[1:] == ["create"]:
    asyncio.run(give())
    print(f"Le cluster a les droits de {FILE.name}.")
else:
    FILE.write_bytes(as_text(wanted(consumed())))
    print(f"{FILE.name} est à jour.")
