"""What prescription does: open centres, register residents, prescribe books. Each loads, decides, says."""

from sqlalchemy.exc import IntegrityError

from chassis.db import Transaction
from chassis.outbox import say
from contracts.booking import WalletChanged
from contracts.ids import BeneficiaryId, BookId, CentreId, PrescriberId, uuid7
from contracts.notifications import NoticeFailed, NoticeToCall
from contracts.words import Need
from services.prescription import queries
from services.prescription.model import (
    AlreadyKnown,
    Beneficiary,
    Book,
    Centre,
    CentreForm,
    Prescriber,
    PrescriberForm,
    Registration,
    TroubledNotice,
)


async def keep_centre(tx: Transaction, centre_id: CentreId, form: CentreForm) -> Centre:
    """Open it, or change it when it is there; saying the same again changes nothing."""
    centre = await tx.get(Centre, centre_id, with_for_update=True)
    if centre is None:
        centre = Centre.opened(centre_id, form)
        tx.add(centre)
    elif not centre.changed(form):
        return centre
    say(tx, centre.stated())
    return centre


async def keep_prescriber(tx: Transaction, prescriber_id: PrescriberId, form: PrescriberForm) -> Prescriber:
    await queries.centre(tx, form.centre_id)
    return await tx.merge(Prescriber(id=prescriber_id, **form.model_dump()))


async def register(tx: Transaction, told: Registration, *, by: PrescriberId | None) -> Beneficiary:
    """Raises AlreadyKnown, MayNotPrescribe."""
    prescriber = await queries.prescriber(tx, by)
    prescriber.check()
    new_id = BeneficiaryId(uuid7())
    person = Beneficiary.registered(new_id, told, by=prescriber.id, centre=prescriber.centre_id, now=tx.now)
    if await queries.same_person(tx, person.plain_name, person.birth_date):
        raise AlreadyKnown
    tx.add(person)
    try:
        await tx.flush()
    except IntegrityError as error:
        raise AlreadyKnown from error
    say(tx, person.announced(), person.contact())
    return person


async def prescribe(tx: Transaction, beneficiary_id: BeneficiaryId, need: Need, *, by: PrescriberId | None) -> Book:
    """The next book of five vouchers. Raises LifetimeReached, PreviousBookNotUsedUp, MayNotPrescribe."""
    person = await queries.person_locked(tx, beneficiary_id)
    before = await queries.books_of(tx, beneficiary_id)
    book = Book.prescribed(person, before, by=await queries.prescriber(tx, by), need=need, now=tx.now)
    tx.add(book)
    person.version += 1
    references = tuple(one.reference for one in (*before, book))
    say(tx, book.announced(), person.contact(references))
    return book


def keep_use(person: Beneficiary | None, books: dict[BookId, Book], wallet: WalletChanged) -> None:
    """What booking told of a person's vouchers; an older telling changes nothing."""
    if person is None or wallet.version <= person.wallet_version:
        return
    person.wallet_version = wallet.version
    person.hours_followed, person.first_hour_on = wallet.hours_followed, wallet.first_hour_on
    for use in wallet.books:
        if use.book_id in books:
            books[use.book_id].used(use)


async def keep_trouble(tx: Transaction, notice: NoticeFailed | NoticeToCall) -> None:
    await tx.merge(
        TroubledNotice(
            notice_id=notice.notice_id,
            beneficiary_id=notice.beneficiary_id,
            booking_id=notice.booking_id,
            kind=notice.kind,
            channel=notice.channel,
            to_call=isinstance(notice, NoticeToCall),
            reason=notice.reason,
            heard_at=tx.now,
        )
    )
