"""Agents are invited by mail: once each time, never twice for one event, and what did not arrive is shown."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from uuid import UUID

import httpx
import mailparser
import pytest

from chassis.db import Database
from chassis.site import Site
from chassis.web.principal import LOCAL_COOKIE
from contracts.agents import AgentForgotten, AgentStated
from contracts.ids import AccountId, uuid7
from deploy.local.servers import free_ports
from services.notifications import consumers
from services.notifications.delivery import send_agent_mails
from services.notifications.delivery.mail import MailProvider
from services.notifications.model.agents import ATTEMPTS
from services.notifications.usecases import agent_mails
from tests.actors import ADMINISTRATOR, MEDIATOR, cookie_for
from tests.notifications.conftest import settings_of
from tests.notifications.mail_server import SENDER, Lenient, Server
from tests.prescription.steps import change, rows
from tests.waiting import PATIENCE

INVITED = AgentStated(
    account_id=AccountId(uuid7()), version=1, name="Démo Nadia", email="nadia@exemple.invalid", invitations=1
)
STATES = "SELECT state, attempts, number FROM agent_mails ORDER BY number"


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    ours = Server(free_ports(1)[0])
    loop = asyncio.get_running_loop()
    async with await loop.create_server(lambda: Lenient(ours), "127.0.0.1", ours.port):
        yield ours


def provider(server: Server) -> MailProvider:
    return MailProvider("127.0.0.1", server.port, SENDER, PATIENCE, "secret")


async def stated(database: Database, *events: AgentStated | AgentForgotten) -> None:
    await database.transact(lambda tx: consumers.on_agents(tx, events))


async def sent_by(site: Site, mail: MailProvider) -> None:
    while not await send_agent_mails(site.runtime.database, mail, settings_of(site)):
        pass


async def test_one_mail_leaves_each_time_that_somebody_is_invited(
    site: Site, database: Database, server: Server
) -> None:
    for version, invitations in ((1, 1), (1, 1), (2, 1), (3, 2), (2, 1)):
        news = INVITED.model_copy(update={"version": version, "invitations": invitations})
        await stated(database, news, news)
        await sent_by(site, provider(server))
    assert [tuple(row) for row in await rows(database, STATES)] == [("sent", 1, 1), ("sent", 1, 2)]
    first, _ = (mailparser.parse_from_bytes(taken) for taken in server.taken)
    assert (first.subject, first.to) == ("Votre accès au Pass numérique", [("", INVITED.email)])
    for text in (first.text_plain[0], first.text_html[0]):
        assert ("Bonjour Démo Nadia" in text, "http://127.0.0.1:8000/connexion" in text) == (True, True)


async def test_who_signed_in_long_ago_is_not_invited_by_a_database_that_reads_all_anew(
    site: Site, database: Database, server: Server
) -> None:
    await stated(database, INVITED.model_copy(update={"version": 7}))
    await sent_by(site, provider(server))
    assert server.taken == []


async def test_a_server_that_is_away_is_tried_again_and_given_up_in_the_end(site: Site, database: Database) -> None:
    away = MailProvider("127.0.0.1", free_ports(1)[0], SENDER, PATIENCE, "secret")
    await stated(database, INVITED)
    for attempt in range(1, ATTEMPTS + 1):
        await change(database, "UPDATE agent_mails SET due_at = now() - interval '1 hour'")
        await sent_by(site, away)
        state = "failed" if attempt == ATTEMPTS else "scheduled"
        assert [tuple(row) for row in await rows(database, STATES)] == [(state, attempt, 1)]
    await stated(database, INVITED.model_copy(update={"version": 2, "invitations": 2}))
    assert len(await rows(database, STATES)) == 2


async def test_what_was_interrupted_may_have_left_and_never_leaves_again(
    site: Site, database: Database, server: Server
) -> None:
    await stated(database, INVITED)
    await database.transact(agent_mails.claim_agent_mails)
    await sent_by(site, provider(server))
    assert [tuple(row) for row in await rows(database, STATES)] == [("sending", 1, 1)]
    await change(database, "UPDATE agent_mails SET due_at = now() - interval '1 hour'")
    await sent_by(site, provider(server))
    assert ([tuple(row) for row in await rows(database, STATES)], server.taken) == ([("unclear", 1, 1)], [])


async def test_two_instances_send_it_once(site: Site, database: Database, server: Server) -> None:
    await stated(database, *(replace_account(number) for number in range(30)))
    await asyncio.gather(*(sent_by(site, provider(server)) for _ in range(2)))
    assert len(server.taken) == 30


def replace_account(number: int) -> AgentStated:
    return INVITED.model_copy(update={"account_id": AccountId(uuid7()), "email": f"a{number}@exemple.invalid"})


async def test_what_came_back_is_seen_by_the_administrator_alone(
    site: Site, database: Database, server: Server
) -> None:
    await stated(database, INVITED)
    await sent_by(site, provider(server))
    ((mail_id,),) = await rows(database, "SELECT id FROM agent_mails")
    came_back = "l'e-mail est revenu (5.1.1)"
    assert await database.transact(lambda tx: agent_mails.record_bounce(tx, UUID(str(mail_id)), came_back))
    assert not await database.transact(lambda tx: agent_mails.record_bounce(tx, uuid7(), came_back))
    transport = httpx.ASGITransport(site.application())
    for who, status in ((ADMINISTRATOR, 200), (MEDIATOR, 403)):
        cookies = {LOCAL_COOKIE: cookie_for(who)}
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", cookies=cookies) as browser:
            page = await browser.get(f"/messages/agents?compte={INVITED.account_id}")
        shown = unescape(page.text)
        assert (page.status_code, came_back in shown, INVITED.email in shown) == (status, *[status == 200] * 2)


async def test_who_is_forgotten_leaves_nothing_and_proofs_have_an_end(
    site: Site, database: Database, server: Server
) -> None:
    await stated(database, INVITED)
    await sent_by(site, provider(server))
    await database.transact(lambda tx: agent_mails.forget_agent_mails(tx, timedelta(days=1)))
    assert len(await rows(database, STATES)) == 1
    await change(database, "UPDATE agent_mails SET asked_at = asked_at - interval '2 days'")
    await database.transact(lambda tx: agent_mails.forget_agent_mails(tx, timedelta(days=1)))
    assert await rows(database, STATES) == []
    await stated(database, INVITED.model_copy(update={"version": 2, "invitations": 2}))
    await stated(database, AgentForgotten(account_id=INVITED.account_id))
    assert (await rows(database, STATES), await rows(database, "SELECT 1 FROM agents")) == ([], [])
