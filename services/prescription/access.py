"""Who asks, which records are open to them, and how fresh the news is: dependencies of the pages and of the API."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Literal, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel, Field

from chassis import journal
from chassis.db import Reading, Transaction
from chassis.refusal import NotFound, Refusal
from chassis.web import Page, Principal, Transact, allowed, checked
from chassis.web.acts import doing_of
from contracts.ids import BeneficiaryId, BookId, VoucherId
from contracts.topics import BOOKING
from contracts.words import Actor
from county.wording import SOURCES
from services.prescription import acts, queries, usecases
from services.prescription.model import (
    Agent,
    AlreadyKnown,
    Asked,
    Beneficiary,
    Digests,
    LooksAlike,
    News,
    SearchPolicy,
    check_copied_by,
    check_may_erase,
)
from services.prescription.model.book import ChangeReason
from services.prescription.model.erasure import ErasureReason
from services.prescription.provider import Provider
from services.prescription.settings import Settings

T = TypeVar("T")

LONGEST_NOTE = 300
Prescriber = Annotated[Principal, Depends(allowed("prescriber"))]
Professional = Annotated[Principal, Depends(allowed("prescriber", "administrator"))]
Administrator = Annotated[Principal, Depends(allowed("administrator"))]


async def settings_of(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


CurrentSettings = Annotated[Settings, Depends(settings_of)]


class NoProvider(NotFound):
    def __init__(self) -> None:
        super().__init__("La connexion par le compte professionnel n'est pas en service ici.")


async def provider_of(request: Request, settings: CurrentSettings) -> Provider:
    """Return the sign-in provider as this instance knows it. Raises NoProvider."""
    if not settings.oidc.issuer:
        raise NoProvider
    state = request.app.state
    if not hasattr(state, "provider"):
        state.provider = Provider(settings.oidc, f"{settings.public_url.rstrip('/')}/connexion/retour")
    known: Provider = state.provider
    return known


OfProvider = Annotated[Provider, Depends(provider_of)]


async def agent(reading: Reading, who: Professional) -> Agent:
    """Says who asks. Raises MayNotPrescribe once they are no longer active."""
    return await usecases.agent(reading, who.subject, who.name, who.prescriber_id)


Asking = Annotated[Agent, Depends(checked(agent))]


async def actor(who: Professional) -> Actor:
    return who.acting_as("prescriber" if who.prescriber_id else "administrator")


Acting = Annotated[Actor, Depends(actor)]


async def glass_since(page: Page, settings: CurrentSettings) -> datetime:
    """A reason given after this still holds."""
    return page.now - settings.glass_open_for


Since = Annotated[datetime, Depends(glass_since)]


async def opened(reading: Reading, asking: Asking, since: Since, beneficiary_id: BeneficiaryId) -> Agent:
    """Says who asks, once the record is open to them. Raises ReasonAsked for a record of another centre."""
    await usecases.why_open(reading, beneficiary_id, asking, since)
    return asking


async def may_erase(reading: Reading, asking: Asking, since: Since, beneficiary_id: BeneficiaryId) -> Agent:
    """Checks who asks for an erasure. Raises NotTheirCentre; for an administrator, who is of none, ReasonAsked."""
    check_may_erase(asking, await queries.person(reading, beneficiary_id))
    return await opened(reading, asking, since, beneficiary_id)


class Erasing:
    """Who asks for an erasure or withdraws it, and how long it can be withdrawn."""

    def __init__(self, by: Annotated[Agent, Depends(checked(may_erase))], settings: CurrentSettings) -> None:
        self.by, self.grace, self.digests = by, settings.erasure_grace, Digests.keyed(settings.erasure_secret)

    def asked(self, reason: ErasureReason) -> Asked:
        return Asked(reason, self.by)


class Look:
    """`await look(shown)`: what `shown` makes of the record, and the trace of its reading, in one transaction."""

    def __init__(self, transact: Transact, asking: Asking, since: Since, beneficiary_id: BeneficiaryId) -> None:
        self.transact, self.agent, self.since, self.beneficiary_id = transact, asking, since, beneficiary_id

    async def __call__(self, shown: Callable[[Transaction, Beneficiary], Awaitable[T]]) -> T:
        """Raises ReasonAsked."""

        async def read(tx: Transaction) -> T:
            return await shown(
                tx, await usecases.open_record(tx, self.beneficiary_id, self.agent, "page", since=self.since)
            )

        return await self.transact(read)


async def book_opened(reading: Reading, asking: Asking, since: Since, book_id: BookId) -> Agent:
    """Does the same as `opened`, by one of the person's books."""
    return await opened(reading, asking, since, (await queries.book(reading, book_id)).beneficiary_id)


async def copied(reading: Reading, asking: Asking, beneficiary_id: BeneficiaryId) -> Agent:
    """Checks who asks for a copy. Raises CopyOfAnother, NoSuchPerson."""
    check_copied_by(asking, await queries.person(reading, beneficiary_id))
    return asking


Opened = Annotated[Agent, Depends(checked(opened))]
Copied = Annotated[Agent, Depends(checked(copied))]
MayErase = Annotated[Erasing, Depends()]
Looking = Annotated[Look, Depends()]
BookOpened = Annotated[Agent, Depends(checked(book_opened))]


async def news(page: Page, settings: CurrentSettings) -> News:
    """Says how fresh the use of the books is."""
    last_news = {source.source: source.heard_at for source in page.frame.freshness()}
    return News(last_news.get(SOURCES[BOOKING.name]), settings.news_old_after, page.now)


Fresh = Annotated[News, Depends(news)]


class Prescribing:
    """Who prescribes to a person whose record is open to them, how fresh the news is, how long books are valid."""

    def __init__(self, who: Prescriber, _: Opened, news: Fresh, settings: CurrentSettings) -> None:
        self.by, self.news, self.validity = who.prescriber_id, news, settings.validity


class Why(BaseModel):
    """Why a book is changed: `note` stays here, the coded reason is published."""

    reason: ChangeReason
    note: str = Field("", max_length=LONGEST_NOTE)


class Correction(Why):
    voucher_id: VoucherId
    kind: Literal["given_back", "voided"]


class Deciding:
    """Who decides about a book of a record that is open to them, and how fresh the news of its use is."""

    def __init__(self, asking: BookOpened, acting: Acting, news: Fresh) -> None:
        self.agent, self.actor, self.news = asking, acting, news

    def decided(self, why: Why) -> usecases.Decided:
        return usecases.Decided(why.reason, why.note, self.agent, self.actor)


class Alike:
    """`await alike(refusal)`: to be told that somebody looks alike is a search. It is counted, and in the journal."""

    def __init__(self, request: Request, asking: Asking, settings: CurrentSettings) -> None:
        self.request, self.agent = request, asking
        self.policy = SearchPolicy(settings.searches_alarm, settings.searches_most)

    async def __call__(self, refusal: Refusal) -> None:
        """Raises TooManySearches."""
        if isinstance(refusal, AlreadyKnown | LooksAlike):
            people = refusal.alike

            async def counted(tx: Transaction) -> None:
                await usecases.count_alike(tx, people, self.agent, self.policy)
                journal.note(tx, doing_of(self.request, acts.SEARCHED))

            await self.request.app.state.frame.database.transact(counted)


Counting = Annotated[Alike, Depends()]
