"""One field finds the person; each search is counted, by agent and day, and an administrator sees who searches much."""

from collections.abc import Sequence
from datetime import date, timedelta

import structlog

from chassis.clock import PARIS
from chassis.db import Transaction
from chassis.journal import concerns
from services.prescription import queries
from services.prescription.model import Agent, Resembling, SearchPolicy, TooManySearches

log = structlog.get_logger("searches")


async def search(tx: Transaction, typed: str, agent: Agent, policy: SearchPolicy) -> queries.SearchResults:
    """Search, and count it. Raises TooManySearches."""
    day = await _counted(tx, agent, policy)
    results = await queries.people_matching(tx, typed)
    await queries.count_shown(tx, agent, day, sum(not agent.follows(person) for person in results.people))
    return results


async def count_alike(tx: Transaction, alike: Sequence[Resembling], agent: Agent, policy: SearchPolicy) -> None:
    """Count as a search that whoever registers somebody is shown who looks alike. Raises TooManySearches."""
    day = await _counted(tx, agent, policy)
    await queries.count_shown(tx, agent, day, sum(not resembling.followed for resembling in alike))


async def _counted(tx: Transaction, agent: Agent, policy: SearchPolicy) -> date:
    """The day. Raises TooManySearches."""
    concerns(tx, searched="yes")
    day = tx.now.astimezone(PARIS).date()
    searches = await queries.count_search(tx, agent, day)
    if searches > policy.most:
        raise TooManySearches
    if searches == policy.alarm:
        log.warning("an agent searches much", subject=agent.subject, searches=searches)
    return day


async def forget_searches(tx: Transaction, after: timedelta) -> None:
    """Delete old counts, as a timed job."""
    await queries.forget_searches(tx, (tx.now - after).astimezone(PARIS).date())
