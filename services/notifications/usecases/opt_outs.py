"""«STOP», by link or SMS: no more messages by one channel, or of one kind; what else people write. Rule 25."""

from collections.abc import Sequence
from typing import cast
from uuid import UUID

from itsdangerous import BadData

from chassis import erasure
from chassis.db import Reading, Transaction
from chassis.journal import concerns
from chassis.outbox import publish
from chassis.refusal import NotFound
from contracts.contacts import ContactStated
from contracts.ids import BeneficiaryId
from contracts.notifications import ContactOptedOut
from contracts.words import Channel, FirstNoticeKind, NoticeKind
from county import links
from county.links import read_stop_token, stop_token
from services.notifications import queries
from services.notifications.model import LONGEST, Contact, OptOut, Reply, is_stop
from services.notifications.settings import Settings


class NotOurLink(NotFound):
    def __init__(self) -> None:
        super().__init__("Ce lien n'est pas complet. Ouvrez-le depuis le message reçu, ou appelez votre centre.")


async def upsert_contacts(tx: Transaction, events: Sequence[ContactStated]) -> None:
    """Store prescription's statement, which is the truth; what it does not know of yet stays stopped here."""
    merged = await queries.survivors_of(tx, {event.beneficiary_id for event in events})
    news = [event for event in events if event.beneficiary_id not in merged]
    await queries.upsert_all(tx, [Contact.stated(event) for event in news])
    for event in news:
        if event.opt_outs:
            await queries.forget_stated_stops(tx, event.beneficiary_id, event.opt_outs)


async def stop(tx: Transaction, person: BeneficiaryId, channel: Channel, kind: FirstNoticeKind | None = None) -> bool:
    """Stop the channel or the kind; whether it is news. Prescription consumes it and states the contact again.

    Nothing is written of the erased.
    """
    ids = {person, *(await queries.survivors_of(tx, [person])).values()}
    if ids != await erasure.staying(tx, ids):
        return False
    person = (await queries.survivors_of(tx, [person])).get(person, person)
    concerns(tx, person)
    contact = await queries.contact_of(tx, person)
    if contact and kind is None and channel in contact.opt_outs:
        return False
    news = await queries.insert_opt_out(tx, OptOut(beneficiary_id=person, channel=channel, kind=kind, at=tx.now))
    if news:
        publish(tx, ContactOptedOut(beneficiary_id=person, channel=channel, kind=kind))
    return news


async def stop_number(tx: Transaction, phone: str) -> int:
    """Stop SMS to all who are reached by that telephone: its holder does not want any. How many were news."""
    return sum([await stop(tx, person, "sms") for person in await queries.people_with(tx, phone)])


def stop_url(settings: Settings, person: BeneficiaryId, channel: Channel, kind: NoticeKind) -> str:
    """Give the address where a person stops messages like this one, without an account. It is valid for ever."""
    token = stop_token(settings.link_secret.get_secret_value(), person, channel, kind)
    return f"{settings.public_url}/stop/{token}"


def short_stop_url(settings: Settings, code: str) -> str:
    """Give the same for an SMS: of the message of unused hours, which has no other link."""
    return f"{settings.public_url}/stop/{code}"


async def asked_for(
    reading: Reading, settings: Settings, token: str
) -> tuple[BeneficiaryId, Channel, FirstNoticeKind | None]:
    """Read who stops which channel or kind, by either link. Raises NotOurLink."""
    if len(token) != links.LENGTH:
        return read_token(settings, token)
    if person := await queries.who_may_stop(reading, links.as_typed(token)):
        return person, "sms", "long_unseen"
    raise NotOurLink


def read_token(settings: Settings, token: str) -> tuple[BeneficiaryId, Channel, FirstNoticeKind | None]:
    """Read a signed link. Raises NotOurLink."""
    try:
        person, channel, kind = read_stop_token(settings.link_secret.get_secret_value(), token)
    except BadData as error:
        raise NotOurLink from error
    return BeneficiaryId(person), cast("Channel", channel), cast("FirstNoticeKind", kind) if kind else None


async def apply_reply(tx: Transaction, phone: str, text: str) -> None:
    """Stop SMS to whoever holds that telephone, or store what they say for a person who understands it."""
    if is_stop(text):
        await stop_number(tx, phone)
    elif (words := text.strip()[:LONGEST]) and not await queries.is_known_reply(tx, phone, words):
        people = await queries.people_with(tx, phone)
        here = await erasure.staying(tx, people)
        known: list[BeneficiaryId | None] = [person for person in people if person in here]
        if known or not people:
            tx.add_all([Reply(beneficiary_id=person, phone=phone, text=words, at=tx.now) for person in known or [None]])


async def read_reply(tx: Transaction, reply_id: UUID, by: str, *, stops: bool = False) -> Reply:
    """Note that a person has read it, and seen that it was a STOP or was none. Raises NoSuchReply."""
    reply = await queries.reply_for_update(tx, reply_id)
    reply.read(by, tx.now)
    if stops:
        await stop_number(tx, reply.phone)
    return reply
