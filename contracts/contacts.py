"""How to reach a person: the only topic with names, phones and addresses. Compacted, restricted. Rules 4 and 26."""

from typing import Literal

from pydantic import AwareDatetime

from contracts.event import Event
from contracts.ids import BeneficiaryId, CentreId, PrescriberId
from contracts.words import Channel, InseeCode, PhoneKind, SupportNeed

TOPIC = "prescription.contacts"


class ContactStated(Event, type="contact.stated.v1", topic=TOPIC, subject="beneficiary_id"):
    """The whole contact of a person; the highest version is the truth.

    Phone is E.164. `postal_address` is the lines of an envelope, the person's name first; empty when unknown.
    `support_needs` are what makes an hour possible, coded, never medical text (rule 4).
    `book_references` are those printed on the books, never a voucher's code; `prescriber_ids` who prescribed each.
    What stands from there on is for distances, and for prescription after a restore.
    """

    beneficiary_id: BeneficiaryId
    version: int
    centre_id: CentreId
    first_name: str
    last_initial: str
    channel: Channel
    phone: str | None
    phone_kind: PhoneKind | None
    email: str | None
    postal_address: tuple[str, ...]
    language_level: Literal["fluent", "basic", "interpreter"]
    opt_outs: tuple[Channel, ...]
    book_references: tuple[str, ...]
    support_needs: tuple[SupportNeed, ...] = ()
    prescriber_ids: tuple[PrescriberId, ...] = ()
    commune_insee: InseeCode | None = None
    registered_at: AwareDatetime | None = None


class ContactErased(Event, type="contact.erased.v1", topic=TOPIC, subject="beneficiary_id", tombstone=True):
    """Kafka forgets the contact: the record has no body."""

    beneficiary_id: BeneficiaryId


class ContactsTicked(Event, type="contacts.ticked.v1", topic=TOPIC, subject="slot"):
    """Keeps every partition moving: a quiet one is never compacted, and the erased would stay on its disk."""

    slot: str


ContactEvent = ContactStated | ContactErased | ContactsTicked
