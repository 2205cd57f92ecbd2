"""What could not be applied may quote the person it is about: the page of a service's state is everybody's."""

import pytest
from sqlalchemy import insert

from chassis.parking import parked
from chassis.web import Principal
from tests.actors import ADMINISTRATOR, MEDIATOR, PRESCRIBER, asking
from tests.conftest import Created
from tests.sites import SERVICES, site_of

QUOTED = "Démo Zélie"
ROW = {"topic": "prescription.contacts", "partition": 0, "offset": 1, "header_names": [], "header_values": []}


@pytest.mark.parametrize("service", SERVICES)
async def test_walls_03_what_a_message_says_of_a_person_is_shown_to_who_decides_about_it_alone(
    service: str, migrated: Created
) -> None:
    site = site_of(service, await migrated(service))
    error = f"IntegrityError('first_name {QUOTED}')"
    await site.runtime.database.transact(lambda tx: tx.execute(insert(parked).values(**ROW, error=error)))

    async def shown(who: Principal) -> str:
        async with asking(site.application(), who) as client:
            return (await client.get(f"/{service}/etat")).text

    assert QUOTED in await shown(ADMINISTRATOR)
    for who in (PRESCRIBER, MEDIATOR):
        page = await shown(who)
        assert QUOTED not in page
        assert "1 message attend" in page
    await site.runtime.database.close()
