"""«STOP»: a person wants no more messages by one channel, or none of one kind. Rule 25."""

from collections.abc import Sequence
from typing import cast

from itsdangerous import BadData

from chassis import erasure, links
from chassis.db import Reading, Transaction
from chassis.journal import concerns
from chassis.links import read_stop_token, stop_token
from chassis.outbox import publish
from chassis.refusal import NotFound
from contracts.contacts import ContactStated
from contracts.ids import BeneficiaryId
from contracts.notifications import ContactOptedOut
from contracts.words import Channel, FirstNoticeKind, NoticeKind
from services.notifications import queries
from services.notifications.model import Contact, OptOut
from services.notifications.settings import Settings


class NotOurLink(NotFound):
    def __init__(self) -> None:
        super().__init__("Ce lien n'est pas complet. Ouvrez-le depuis le message reçu, ou appelez votre centre.")


async def upsert_contacts(tx: Transaction, events: Sequence[ContactStated]) -> None:
    """Prescription's statement is the truth; what it does not know of yet stays stopped here."""
    merged = await queries.survivors_of(tx, {event.beneficiary_id for event in events})
    news = [event for event in events if event.beneficiary_id not in merged]
    await queries.upsert_all(tx, [Contact.stated(event) for event in news])
    for event in news:
        if event.opt_outs:
            await queries.forget_stated_stops(tx, event.beneficiary_id, event.opt_outs)


async def stop(tx: Transaction, person: BeneficiaryId, channel: Channel, kind: FirstNoticeKind | None = None) -> bool:
    """Whether it is news; prescription hears of it and states the contact again. Nothing is written of the erased."""
    ids = {person, *(await queries.survivors_of(tx, [person])).values()}
    if ids != await erasure.staying(tx, ids):
        return False
    person = (await queries.survivors_of(tx, [person])).get(person, person)
    concerns(tx, person)
    contact = await tx.get(Contact, person)
    if contact and kind is None and channel in contact.opt_outs:
        return False
    news = await queries.insert_opt_out(tx, OptOut(beneficiary_id=person, channel=channel, kind=kind, at=tx.now))
    if news:
        publish(tx, ContactOptedOut(beneficiary_id=person, channel=channel, kind=kind))
    return news


async def stop_number(tx: Transaction, phone: str) -> int:
    """All who are reached by that telephone: whoever holds it does not want our messages. How many."""
    return sum([await stop(tx, person, "sms") for person in await queries.people_with(tx, phone)])


def stop_url(settings: Settings, person: BeneficiaryId, channel: Channel, kind: NoticeKind) -> str:
    """Where a person stops messages like this one, without an account. It never ends to be valid."""
    token = stop_token(settings.link_secret.get_secret_value(), person, channel, kind)
    return f"{settings.public_url}/stop/{token}"


def short_stop_url(settings: Settings, code: str) -> str:
    """The same for an SMS: of the message of unused hours, which has no other link."""
    return f"{settings.public_url}/stop/{code}"


async def asked_for(
    reading: Reading, settings: Settings, token: str
) -> tuple[BeneficiaryId, Channel, FirstNoticeKind | None]:
    """Who stops which channel or kind, by either link. Raises NotOurLink."""
    if len(token) != links.LENGTH:
        return read_token(settings, token)
    if person := await queries.who_may_stop(reading, links.as_typed(token)):
        return person, "sms", "long_unseen"
    raise NotOurLink


def read_token(settings: Settings, token: str) -> tuple[BeneficiaryId, Channel, FirstNoticeKind | None]:
    """Raises NotOurLink."""
    try:
        person, channel, kind = read_stop_token(settings.link_secret.get_secret_value(), token)
    except BadData as error:
        raise NotOurLink from error
    return BeneficiaryId(person), cast("Channel", channel), cast("FirstNoticeKind", kind) if kind else None
