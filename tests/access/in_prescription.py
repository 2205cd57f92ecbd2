"""A person of PRESCRIBER's centre with a book and no seat, another without a book, who is copied, one to be erased."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from fastapi import FastAPI

from chassis.site import Site
from tests.access.world import World
from tests.actors import ADMINISTRATOR, PRESCRIBER, asking
from tests.prescription.conftest import CENTRES, news
from tests.prescription.steps import change, copied, post, prescribed, registered

Facts = dict[str, Any]

ZELIE: Facts = {"first_name": "Démo Zélie", "last_name": "Durandard", "birth_date": "1948-05-06"}
AGLAE: Facts = {"first_name": "Démo Aglaé", "last_name": "Bonnefoy", "birth_date": "1944-09-17"}
LEAVING: Facts = {"first_name": "Démo Honorine", "last_name": "Vacher", "birth_date": "1939-01-28"}
PHONES = {"Durandard": "06 39 98 77 01", "Bonnefoy": "06 39 98 77 02", "Vacher": "06 39 98 77 03"}
LONG_AGO = "UPDATE books SET prescribed_at = prescribed_at - interval '90 days'"


async def prescription(site: Site) -> World:
    app = site.application()
    news(site, -timedelta(hours=1))  # fresh, however long all this takes
    await centres(app)
    zelie, aglae, leaving = [await new(app, person) for person in (ZELIE, AGLAE, LEAVING)]
    book = await prescribed(app, zelie)
    asked = await post(app, f"/api/prescription/beneficiaries/{leaving}/erasure", {"reason": "wish"})
    number = asked.json()["number"]
    await copied(site, app, aglae)
    await change(site.runtime.database, LONG_AGO)
    values = {
        "beneficiary_id": UUID(zelie), "book_id": UUID(book["id"]), "voucher_id": UUID(book["vouchers"][0]["id"]),
        "kept_id": UUID(zelie), "merged_id": UUID(aglae), "centre_id": PRESCRIBER.centre_id,
        "preferred_centre_id": PRESCRIBER.centre_id, "prescriber_id": PRESCRIBER.prescriber_id, "number": number,
        "q": "zélie", "birth_name": "Démo Martin", "moved_away": False, "name": "pass.css", "version": "0",
        "depuis": "2026-01",
    }  # fmt: skip
    others: dict[str, Facts] = {
        "*/claims": AGLAE, "*/decision": AGLAE,
        "*/chequiers": {"beneficiary_id": UUID(aglae)}, "*/books": {"beneficiary_id": UUID(aglae)},
        "DELETE */erasure": {"beneficiary_id": UUID(leaving)}, "*/effacer/annuler": {"beneficiary_id": UUID(leaving)},
        "*/copie.pdf": {"beneficiary_id": UUID(aglae)}, "*/copie.json": {"beneficiary_id": UUID(aglae)},
        "*/corrections": {"kind": "voided"}, "*/corriger": {"kind": "voided"},
    }  # fmt: skip
    return World(values, others, names=("Durandard",), opening="/habitants/{beneficiary_id}/ouvrir")


async def centres(app: FastAPI) -> None:
    """Two, with a prescriber in each."""
    async with asking(app, ADMINISTRATOR) as admin:
        for who, name in CENTRES.items():
            centre = {"name": name, "kind": "social_centre", "commune_insee": "26108", "phone": "04 65 71 00 01"}
            await admin.put(f"/api/prescription/centres/{who.centre_id}", json=centre)
            named = {"centre_id": str(who.centre_id), "name": who.name}
            await admin.put(f"/api/prescription/prescribers/{who.prescriber_id}", json=named)


async def new(app: FastAPI, person: Facts) -> str:
    return await registered(app, **person, phone=PHONES[person["last_name"]])
