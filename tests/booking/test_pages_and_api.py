from fastapi import FastAPI

from chassis.site import Site
from contracts.ids import BeneficiaryId
from tests.actors import MEDIATOR, OTHER_MEDIATOR, asking
from tests.booking.browsing import press, visiting
from tests.booking.conftest import new_session


async def test_a_mediator_takes_over_books_and_sees_the_ledger(site: Site, app: FastAPI, person: BeneficiaryId) -> None:
    await new_session(site.runtime.database)
    async with visiting(app) as browser:
        home = await browser.get("/mediateur")
        assert "Proposés à vous : 1 personne attend" in home.text
        file = await press(browser, home, "Reprendre ce dossier")
        assert "Vous suivez ce dossier" in file.text
        booked = await press(browser, file, "Réserver cette séance")
        assert "réservée" in booked.text
        ledger = await browser.get(f"/dossiers/{person}/registre")
        assert "à utiliser, puis réservé" in ledger.text
        assert "Fixer une séance" not in (await browser.get("/mediateur")).text


async def test_rule_19_a_file_is_its_mediators_alone(site: Site, app: FastAPI, person: BeneficiaryId) -> None:
    session = await new_session(site.runtime.database)
    wish = {"session_id": str(session), "beneficiary_id": str(person)}
    async with asking(app, OTHER_MEDIATOR) as other, asking(app, MEDIATOR) as mine:
        assert (await other.post("/api/booking/bookings", json=wish)).status_code == 403
        assert (await mine.post(f"/api/booking/files/{person}/accept")).json()["state"] == "accepted"
        assert (await other.post(f"/api/booking/files/{person}/accept")).status_code == 409
        assert (await other.post("/api/booking/bookings", json=wish)).status_code == 403
        assert (await mine.post("/api/booking/bookings", json=wish)).status_code == 201
        wallet = (await mine.get(f"/api/booking/wallets/{person}")).json()
    assert wallet["books"][0]["held"] == 1
    assert [move["state_after"] for move in wallet["ledger"]] == ["available"] * 5 + ["held"]
    async with visiting(app, OTHER_MEDIATOR) as browser:
        for path in ("", "/registre", "/parcours"):
            assert (await browser.get(f"/dossiers/{person}{path}")).status_code == 403


async def test_a_book_prescribed_before_any_mediator_is_proposed_once_there_is_one(
    app: FastAPI, person: BeneficiaryId
) -> None:
    async with asking(app, MEDIATOR) as client:
        (file,) = (await client.get("/api/booking/files")).json()
    assert file["beneficiary_id"] == str(person)
    assert file["mediator_id"] == str(MEDIATOR.mediator_id)


async def test_rule_26_a_reason_is_chosen_from_the_list_by_the_api_too(
    site: Site, app: FastAPI, person: BeneficiaryId
) -> None:
    session = await new_session(site.runtime.database)
    async with asking(app, MEDIATOR) as client:
        await client.post(f"/api/booking/files/{person}/accept")
        wish = {"session_id": str(session), "beneficiary_id": str(person)}
        taken = (await client.post("/api/booking/bookings", json=wish)).json()["id"]
        typed = await client.post(
            f"/api/booking/bookings/{taken}/cancel", json={"reason": "hospitalisée, dit sa fille"}
        )
        assert typed.status_code == 422
        assert "choisissez une raison de la liste : à la demande de la personne" in typed.text
        chosen = await client.post(
            f"/api/booking/bookings/{taken}/cancel", json={"reason": "à la demande de la personne"}
        )
        assert chosen.json()["state"] == "cancelled"
