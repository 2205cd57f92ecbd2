"""One person of whom everything is stored that can be, and another who was always near."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from contracts.ids import BeneficiaryId, SessionId
from services.booking import wording
from services.notifications.usecases import opt_outs
from tests.actors import ADMINISTRATOR, MEDIATOR, OTHER_MEDIATOR, PRESCRIBER
from tests.booking.events import TOMORROW, colleague, in_post, scheduled, training
from tests.copies.county import County
from tests.prescription.conftest import CENTRES, OTHER_PRESCRIBER

PHONE = "+33639980000"  # whose SMS the provider refuses
JEANNE: dict[str, Any] = {
    "first_name": "Démo Jeanne",
    "last_name": "Dubœuf",
    "birth_name": "Martel",
    "birth_date": "1951-03-02",
    "commune_insee": "26108",
    "phone": "06 39 98 00 00",
    "email": "demo.jeanne@exemple.invalid",
    "postal_address": "3 rue des Lilas\n26400 Crest",
    "channel": "sms",
    "audiences": ["senior"],
    "language_level": "basic",
    "support_needs": ["sight"],
}
AGAIN: dict[str, Any] = {
    **JEANNE, "birth_name": None, "birth_date": "1951-02-03", "phone": None, "email": None, "channel": "call",
    "confirmed": True,
}  # fmt: skip
BRUNO: dict[str, Any] = {
    "first_name": "Démo Bruno",
    "last_name": "Zeller",
    "birth_date": "1960-07-19",
    "commune_insee": "26113",
    "phone": "06 39 98 77 13",
    "email": "demo.bruno@exemple.invalid",
    "postal_address": "9 rue des Autres\n26150 Die",
    "channel": "sms",
}
OTHERS = ("Bruno", "Zeller", "98 77 13", "639987713", "demo.bruno", "rue des Autres", "1960")


async def opened(county: County) -> None:
    for who, name in CENTRES.items():
        centre = {"name": name, "kind": "social_centre", "commune_insee": "26108", "phone": "04 65 71 00 01"}
        await county.ask(
            ADMINISTRATOR, "PUT", "prescription", f"/api/prescription/centres/{who.centre_id}", json=centre
        )
        named = {"centre_id": str(who.centre_id), "name": who.name}
        await county.ask(
            ADMINISTRATOR, "PUT", "prescription", f"/api/prescription/prescribers/{who.prescriber_id}", json=named
        )
    await county.publish(training(), *in_post(), *colleague())


async def registered(county: County, told: dict[str, Any]) -> str:
    """With a book; whoever is followed in it has a file that Karim took over."""
    answer = await county.ask(PRESCRIBER, "POST", "prescription", "/api/prescription/beneficiaries", json=told)
    person = str(answer.json()["id"])
    wanted = {"need": "administrative"}
    await county.ask(PRESCRIBER, "POST", "prescription", f"/api/prescription/beneficiaries/{person}/books", json=wanted)
    return person


async def session(county: County, days: int, capacity: int = 12) -> SessionId:
    event = scheduled(TOMORROW + timedelta(days=days), capacity=capacity)
    await county.publish(event)
    return event.session_id


async def booked(county: County, person: str, session: SessionId) -> str:
    wish = {"session_id": str(session), "beneficiary_id": person}
    return str((await county.ask(MEDIATOR, "POST", "booking", "/api/booking/bookings", json=wish)).json()["id"])


async def lived(county: County) -> str:
    """Jeanne was registered twice, came, missed twice, waits, was handed over, called, written to; Bruno was there."""
    await opened(county)
    jeanne, bruno = await registered(county, JEANNE), await registered(county, BRUNO)
    again = await registered(county, AGAIN)
    merging = {"kept_id": jeanne, "merged_id": again, "reason": "date mal lue"}
    await county.ask(ADMINISTRATOR, "POST", "prescription", "/api/prescription/merges", json=merging)
    for person in (jeanne, bruno):
        await county.ask(MEDIATOR, "POST", "booking", f"/api/booking/files/{person}/accept")
    await county.send()
    await seen(county, jeanne, bruno)
    await followed(county, jeanne)
    erasure = f"/api/prescription/beneficiaries/{jeanne}/erasure"
    await county.ask(PRESCRIBER, "POST", "prescription", erasure, json={"reason": "renounced"})
    await county.ask(PRESCRIBER, "DELETE", "prescription", erasure)
    await written(county, jeanne)
    return jeanne


async def seen(county: County, jeanne: str, bruno: str) -> None:
    """Three sessions that are over, one to come, one that is full."""
    past = [await session(county, days) for days in range(3)]
    places = [await booked(county, jeanne, one) for one in past]
    await booked(county, bruno, past[0])
    await booked(county, jeanne, await session(county, 30))
    full = await session(county, 40, capacity=1)
    await booked(county, bruno, full)
    wish = {"session_id": str(full), "beneficiary_id": jeanne}
    await county.ask(MEDIATOR, "POST", "booking", "/api/booking/waiting", json=wish)
    await county.move_clock(TOMORROW + timedelta(days=3))
    for place, there in zip(places, (True, False, False), strict=True):
        said = {"attended": there}
        await county.ask(MEDIATOR, "POST", "booking", f"/api/booking/bookings/{place}/attendance", json=said)
    await county.send()


async def followed(county: County, jeanne: str) -> None:
    """What Karim noted, and that Lucie follows her now."""
    noted = {"needs": ["safety"], "level": "débutant"}
    await county.ask(MEDIATOR, "PUT", "booking", f"/api/booking/files/{jeanne}/needs", json=noted)
    plan = {"training_ids": [str(training().training_id)]}
    await county.ask(MEDIATOR, "PUT", "booking", f"/api/booking/files/{jeanne}/plan", json=plan)
    await county.ask(MEDIATOR, "POST", "booking", f"/dossiers/{jeanne}/appelee")
    to = {"to_mediator_id": str(OTHER_MEDIATOR.mediator_id), "reason": wording.HAND_OVERS[1]}
    await county.ask(MEDIATOR, "POST", "booking", f"/api/booking/files/{jeanne}/hand-over", json=to)
    await county.ask(OTHER_MEDIATOR, "POST", "booking", f"/api/booking/files/{jeanne}/accept")
    await county.send()


async def written(county: County, jeanne: str) -> None:
    """What she wrote and stopped, who read of her, what was corrected."""
    person, notifications = BeneficiaryId(UUID(jeanne)), county.sites["notifications"].runtime.database
    await notifications.transact(lambda tx: opt_outs.apply_reply(tx, PHONE, "Je viens avec ma sœur"))
    await notifications.transact(lambda tx: opt_outs.stop(tx, person, "sms", "book_nearly_empty"))
    await county.ask(PRESCRIBER, "GET", "notifications", f"/messages/personnes/{jeanne}")
    why = {"why": "appel urgent"}
    await county.ask(OTHER_PRESCRIBER, "POST", "notifications", f"/messages/personnes/{jeanne}/ouvrir", data=why)
    given, record = {"reason": "elle est là"}, f"/api/prescription/beneficiaries/{jeanne}"
    await county.ask(OTHER_PRESCRIBER, "POST", "prescription", f"{record}/openings", json=given)
    await county.ask(OTHER_PRESCRIBER, "GET", "prescription", record)
    await corrected(county, (await county.ask(PRESCRIBER, "GET", "prescription", record)).json())


async def corrected(county: County, record: Any) -> None:
    """An hour that was lost with its paper."""
    book = record["books"][0]["id"]
    (voucher,) = await county.rows(
        "booking", "SELECT id FROM vouchers WHERE book_id = :book AND state = 'available' LIMIT 1", book=UUID(book)
    )
    voided = {"voucher_id": str(voucher.id), "kind": "voided", "reason": "lost", "note": "feuille mouillée"}
    await county.ask(PRESCRIBER, "POST", "prescription", f"/api/prescription/books/{book}/corrections", json=voided)
