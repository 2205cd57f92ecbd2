"""What tests of prescription do again and again."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from chassis.db import Database
from chassis.site import Site
from chassis.web import Principal
from contracts.booking import BookingConfirmed, BookingCopyAnswered, BookUse, WalletChanged
from contracts.catalogue import CatalogueCopyAnswered
from contracts.ids import BeneficiaryId, BookId, BookingId, NoticeId, SessionId, VoucherId, uuid7
from contracts.notifications import NoticeFailed, NotificationsCopyAnswered
from contracts.prescription import CopyRequested
from contracts.words import Actor, Named
from county import copies
from services.prescription.model import Digests, News
from tests.actors import ADMINISTRATOR, COOKIE, PRESCRIBER, asking, cookie_for
from tests.prescription.conftest import PERSON, consume

Json = dict[str, Any]
NOW = datetime.now(UTC)
DIGESTS = Digests(b"of these tests")
FRESH = News(NOW, timedelta(minutes=2), NOW)
NO_PHONE: Json = {"phone": None, "channel": "call"}
TYPED = {name: value for name, value in PERSON.items() if name != "commune_insee"} | {"commune": "crest"}
NAMED = Named(training_title="Créer son adresse e-mail", place_name="Espace de Crest", commune="Crest")


async def post(app: FastAPI, path: str, body: object, *, who: Principal = PRESCRIBER, key: str = "") -> httpx.Response:
    async with asking(app, who, key) as client:
        return await client.post(path, json=body)


async def registered(app: FastAPI, *, who: Principal = PRESCRIBER, **change: object) -> str:
    answer = await post(app, "/api/prescription/beneficiaries", {**PERSON, **change}, who=who)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def prescribed(app: FastAPI, person: str, *, who: Principal = PRESCRIBER) -> Json:
    answer = await post(app, f"/api/prescription/beneficiaries/{person}/books", {"need": "farm"}, who=who)
    assert answer.status_code == 201, answer.text
    book: Json = answer.json()
    return book


async def merge(app: FastAPI, survivor: str, merged: str) -> httpx.Response:
    asked = {"kept_id": survivor, "merged_id": merged, "reason": "date mal lue"}
    return await post(app, "/api/prescription/merges", asked, who=ADMINISTRATOR)


async def erased(app: FastAPI, person: str) -> str:
    """At once, by an administrator. The number of the request."""
    why = await post(
        app, f"/api/prescription/beneficiaries/{person}/openings", {"reason": "une urgence"}, who=ADMINISTRATOR
    )
    assert why.status_code == 204, why.text
    done = await post(
        app, f"/api/prescription/beneficiaries/{person}/erasure/now", {"reason": "danger"}, who=ADMINISTRATOR
    )
    assert done.status_code == 202, done.text
    return str(done.json()["number"])


def use(book: str, available: int = 0, held: int = 0, consumed: int = 0, void: int = 0) -> BookUse:
    counts = {"available": available, "held": held, "consumed": consumed, "void": void}
    return BookUse(book_id=BookId(UUID(book)), expired=5 - sum(counts.values()), **counts)


def wallet(person: str, version: int, *books: BookUse, first: date | None = None) -> WalletChanged:
    hours = sum(book.consumed for book in books)
    return WalletChanged(
        beneficiary_id=BeneficiaryId(UUID(person)),
        version=version,
        books=books,
        hours_followed=hours,
        first_hour_on=first,
        last_hour_on=first,
    )


async def answer(site: Site, wallet_changed: WalletChanged) -> None:
    """Booking's answer to what was asked last."""
    database = site.runtime.database
    await consume(
        site, wallet_changed, thread=await scalar(database, "SELECT thread FROM changes ORDER BY id DESC LIMIT 1")
    )


async def used_up(site: Site, app: FastAPI, person: str, books: int) -> list[str]:
    """That many books, one after the other, each of them used up."""
    made: list[str] = []
    for number in range(1, books + 1):
        made.append(str((await prescribed(app, person))["id"]))
        await consume(site, wallet(person, number, *(use(book, consumed=5) for book in made)))
    return made


def confirmed(
    person: str, vouchers: tuple[str, ...] = (), starts: datetime | None = None, booked: datetime | None = None
) -> BookingConfirmed:
    starts = starts or datetime.now(UTC) + timedelta(days=2)
    return BookingConfirmed(
        booking_id=BookingId(uuid7()),
        session_id=SessionId(uuid7()),
        beneficiary_id=BeneficiaryId(UUID(person)),
        voucher_ids=tuple(VoucherId(UUID(voucher)) for voucher in vouchers),
        starts_at=starts,
        ends_at=starts + timedelta(hours=1),
        booked_at=booked or datetime.now(UTC),
        by=Actor(kind="mediator"),
        named=NAMED,
    )


def notice(person: str, booking: BookingId | None = None, **more: Any) -> dict[str, Any]:
    values = {"notice_id": NoticeId(uuid7()), "beneficiary_id": BeneficiaryId(UUID(person)), "booking_id": booking}
    return {**values, "kind": "reminder_48h", "channel": "sms", **more}


def failed(person: str, booking: BookingId | None = None, **more: Any) -> NoticeFailed:
    return NoticeFailed(failure="permanent", reason="numéro inconnu", **notice(person, booking, **more))


async def rows(database: Database, query: str, **values: object) -> list[Any]:
    async with database.reading() as reading:
        return [*(await reading.execute(text(query), values)).all()]


async def scalar(database: Database, query: str, **values: object) -> Any:
    ((value,),) = await rows(database, query, **values)
    return value


async def places_of(database: Database, *values: str) -> list[str]:
    """A scan of every table for these texts."""
    tables = await rows(database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    places = []
    for (table,) in tables:
        whole = " ".join(text for (text,) in await rows(database, f'SELECT "{table}"::text FROM "{table}"'))  # noqa: S608
        places += [f"{table}: {value}" for value in values if value in whole]
    return places


async def change(database: Database, statement: str, **values: object) -> None:
    """Round the model, straight to SQL."""
    await database.transact(lambda tx: tx.execute(text(statement), values))


async def published(database: Database, *, after: int = 0) -> list[str]:
    return [kind for (kind,) in await rows(database, "SELECT headers->>'ce_type' FROM outbox ORDER BY id")][after:]


def visiting(app: FastAPI, who: Principal | None = PRESCRIBER) -> httpx.AsyncClient:
    cookies = {COOKIE: cookie_for(who)} if who else {}
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://127.0.0.1", cookies=cookies, follow_redirects=True
    )


async def sent(browser: httpx.AsyncClient, shown_on: str, path: str, **fields: object) -> httpx.Response:
    """A form of that page, as a browser sends it."""
    page = (await browser.get(shown_on)).text
    token = page.split('name="csrf_token" value="')[-1].split('"')[0]
    return await browser.post(path, data={"csrf_token": token, "idempotency_key": str(uuid4()), **fields})


async def page_of(app: FastAPI, person: str) -> str:
    async with visiting(app) as browser:
        return (await browser.get(f"/habitants/{person}")).text.replace("&#39;", "'")


async def copied(site: Site, app: FastAPI, person: str) -> None:
    """Their copy was asked for, and the three others have answered that they store nothing."""
    await post(app, f"/habitants/{person}/copie", None)
    query = "SELECT body FROM outbox WHERE headers->>'ce_type' = 'copy.requested.v1' AND key = :key"
    asked = CopyRequested.read("", await scalar(site.runtime.database, query, key=person))
    for kind in (CatalogueCopyAnswered, BookingCopyAnswered, NotificationsCopyAnswered):
        service = kind.source.removeprefix("/")
        (sealed,) = await copies.sealed_of(asked, service, NOW, lambda: ())
        who = {"copy_id": asked.copy_id, "beneficiary_id": asked.beneficiary_id, "service": service}
        await consume(site, kind(**who, part=1, parts=1, sealed=sealed))
