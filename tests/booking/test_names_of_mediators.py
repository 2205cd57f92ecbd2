"""Rule 26: how a mediator is reached comes on a topic of its own, before or after their post, and goes with it."""

from itertools import permutations

import pytest

from chassis.db import Database
from contracts.event import Event
from contracts.mediators import MediatorForgotten, MediatorStated
from services.booking import queries
from services.booking.model import Mediator
from tests.booking.conftest import deliver
from tests.booking.events import KARIM, in_post, posted

OLDER = MediatorStated(mediator_id=KARIM, version=1, name="Démo Karim", phone="+33465710002")
NEWER = MediatorStated(mediator_id=KARIM, version=3, name="Démo Karim B.", phone=None)


async def known(database: Database) -> Mediator:
    async with database.reading() as reading:
        return (await queries.mediators(reading))[0]


@pytest.mark.parametrize("events", [*permutations([posted(KARIM, version=2), OLDER, NEWER])])
async def test_walls_13_name_and_post_come_in_any_order_and_the_newest_name_counts(
    database: Database, events: tuple[Event, ...]
) -> None:
    for event in events:
        await deliver(database, event)
    mediator = await known(database)
    assert (mediator.version, mediator.name, mediator.phone) == (2, "Démo Karim B.", None)


async def test_walls_13_whose_name_has_not_come_is_in_post_all_the_same(database: Database) -> None:
    await deliver(database, posted(KARIM))
    assert (await known(database)).name == "nom pas encore reçu"


async def test_walls_13_who_has_left_has_no_name_and_no_telephone_any_more(database: Database) -> None:
    await deliver(database, *in_post(KARIM), MediatorForgotten(mediator_id=KARIM))
    mediator = await known(database)
    assert (mediator.name, mediator.phone) == ("un médiateur qui n'est plus en poste", None)
