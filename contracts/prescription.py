"""What prescription says: centres, the right to hours (books of five vouchers), and whose it is. Rules 1 to 9."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field, model_validator

from contracts.erasure import ErasureCompleted
from contracts.event import Event, type_of_time
from contracts.ids import BeneficiaryId, BookId, CentreId, RequestId, VoucherId
from contracts.words import Audience, Author, CentreKind, InseeCode, Need, VoucherState

TOPIC = "prescription.events"
COPIES = "prescription.copies"
PARIS = ZoneInfo("Europe/Paris")

Rank = Annotated[int, Field(ge=1, le=8)]


class CentreState(Event):
    """The whole public state of a centre; the highest version is the truth."""

    centre_id: CentreId
    version: int
    name: str
    kind: CentreKind
    commune_insee: InseeCode
    phone: str | None


class CentreOpened(CentreState, type="centre.opened.v1", topic=TOPIC, subject="centre_id"):
    pass


class CentreChanged(CentreState, type="centre.changed.v1", topic=TOPIC, subject="centre_id"):
    pass


class CentreClosed(CentreState, type="centre.closed.v1", topic=TOPIC, subject="centre_id"):
    pass


class BeneficiaryState(Event):
    """What partners may know of a resident: no name, no address, no commune.

    `epci` is the SIREN of their intercommunality, none where few live there; `registered_on` the day in Paris.
    """

    beneficiary_id: BeneficiaryId
    centre_id: CentreId
    epci: str | None
    audiences: tuple[Audience, ...]
    msa: bool
    registered_on: date

    @model_validator(mode="before")
    @classmethod
    def of_version_1(cls, fields: Any) -> Any:  # noqa: ANN401 - JSON
        """It had the moment."""
        if isinstance(fields, dict) and "registered_at" in fields and "registered_on" not in fields:
            moment = type_of_time.validate_python(fields["registered_at"])
            return {**fields, "registered_on": moment.astimezone(PARIS).date()}
        return fields


class BeneficiaryRegistered(
    BeneficiaryState,
    type="beneficiary.registered.v2",
    topic=TOPIC,
    subject="beneficiary_id",
    former=("beneficiary.registered.v1",),
):
    pass


class BeneficiaryChanged(
    BeneficiaryState,
    type="beneficiary.changed.v2",
    topic=TOPIC,
    subject="beneficiary_id",
    former=("beneficiary.changed.v1",),
):
    """They moved, or their situation changed."""


class BookEvent(Event):
    book_id: BookId
    beneficiary_id: BeneficiaryId


class BookPrescribed(
    BookEvent,
    type="book.prescribed.v2",
    topic=TOPIC,
    subject="book_id",
    key="beneficiary_id",
    former=("book.prescribed.v1",),
):
    """Five vouchers of one hour, in the order in which they are spent."""

    centre_id: CentreId
    rank: Rank
    voucher_ids: tuple[VoucherId, VoucherId, VoucherId, VoucherId, VoucherId]
    prescribed_at: AwareDatetime
    expires_on: date | None
    need: Need


class BookCancelled(
    BookEvent,
    type="book.cancelled.v2",
    topic=TOPIC,
    subject="book_id",
    key="beneficiary_id",
    former=("book.cancelled.v1",),
):
    reason: str
    by: Author | None = None


class BookExpired(BookEvent, type="book.expired.v1", topic=TOPIC, subject="book_id", key="beneficiary_id"):
    expired_on: date


class BookCorrected(
    BookEvent,
    type="book.corrected.v2",
    topic=TOPIC,
    subject="book_id",
    key="beneficiary_id",
    former=("book.corrected.v1",),
):
    voucher_id: VoucherId
    state_before: VoucherState
    state_after: VoucherState
    reason: str
    by: Author | None = None


class BeneficiaryMerged(Event, type="beneficiary.merged.v1", topic=TOPIC, subject="kept_id", key="kept_id"):
    """One person had two records: everything of `merged_id` now belongs to `kept_id`."""

    kept_id: BeneficiaryId
    merged_id: BeneficiaryId


class ErasureRequestEvent(Event):
    """Who asked, and why, is prescription's business alone."""

    request_id: RequestId
    beneficiary_id: BeneficiaryId


class BeneficiaryErasureRequested(
    ErasureRequestEvent,
    type="beneficiary.erasure_requested.v1",
    topic=TOPIC,
    subject="request_id",
    key="beneficiary_id",
):
    """Until `due_at` it can be withdrawn, and the person uses what they hold; then they are erased."""

    due_at: AwareDatetime


class BeneficiaryErasureWithdrawn(
    ErasureRequestEvent,
    type="beneficiary.erasure_withdrawn.v1",
    topic=TOPIC,
    subject="request_id",
    key="beneficiary_id",
):
    """Nothing is erased."""


class BeneficiaryErased(Event, type="beneficiary.erased.v1", topic=TOPIC, subject="beneficiary_id", erasure=True):
    beneficiary_id: BeneficiaryId


class CopyRequested(Event, type="copy.requested.v1", topic=COPIES, subject="copy_id", key="beneficiary_id"):
    """The person asks for what is stored of them: each service answers on its own `copies`, sealed for this key."""

    copy_id: UUID
    beneficiary_id: BeneficiaryId
    public_key: str


class PrescriptionErasureCompleted(
    ErasureCompleted, type="erasure.completed.v1", topic=TOPIC, subject="beneficiary_id", erasure=True
):
    pass


PrescriptionEvent = (
    CentreOpened
    | CentreChanged
    | CentreClosed
    | BeneficiaryRegistered
    | BeneficiaryChanged
    | BookPrescribed
    | BookCancelled
    | BookExpired
    | BookCorrected
    | BeneficiaryMerged
    | BeneficiaryErasureRequested
    | BeneficiaryErasureWithdrawn
    | BeneficiaryErased
    | PrescriptionErasureCompleted
)
