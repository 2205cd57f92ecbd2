"""What people write back: STOP at once, anything else is shown to a person. Rule 25."""

from uuid import UUID

from chassis import erasure
from chassis.db import Transaction
from contracts.ids import BeneficiaryId
from services.notifications import queries
from services.notifications.model import Reply
from services.notifications.model.reply import LONGEST
from services.notifications.model.stop_words import is_stop
from services.notifications.usecases.opting import stop_number


async def apply_reply(tx: Transaction, phone: str, text: str) -> None:
    """Whoever holds that telephone wants no more SMS, or says something that a program does not understand."""
    if is_stop(text):
        await stop_number(tx, phone)
    elif (words := text.strip()[:LONGEST]) and not await queries.is_known_reply(tx, phone, words):
        people = await queries.people_with(tx, phone)
        here = await erasure.staying(tx, people)
        known: list[BeneficiaryId | None] = [person for person in people if person in here]
        if known or not people:
            tx.add_all([Reply(beneficiary_id=one, phone=phone, text=words, at=tx.now) for one in known or [None]])


async def read_reply(tx: Transaction, reply_id: UUID, by: str, *, stops: bool = False) -> Reply:
    """A person has read it, and seen that it was a STOP or was none. Raises NoSuchReply."""
    reply = await queries.reply_for_update(tx, reply_id)
    reply.read(by, tx.now)
    if stops:
        await stop_number(tx, reply.phone)
    return reply
