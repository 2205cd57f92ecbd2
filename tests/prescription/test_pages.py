"""The prescriber's desk as people meet it: without JavaScript, keeping what was typed."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from fastapi import FastAPI

from chassis.db import Database
from chassis.site import Site
from chassis.web import Principal
from contracts.booking import BookingCancelled
from contracts.ids import BeneficiaryId
from contracts.notifications import ContactOptedOut
from contracts.words import Actor
from services.prescription.model import residence
from services.prescription.web import desk
from tests.actors import ADMINISTRATOR, PRESCRIBER, asking
from tests.prescription.conftest import OTHER_PRESCRIBER, PERSON, hear
from tests.prescription.desk import change, confirmed, one, prescribed, registered, rows, sent, use, visiting, wallet

TYPED = {**PERSON, "commune": "crest"}
del TYPED["commune_insee"]


async def test_a_prescriber_registers_and_prescribes_in_two_forms(app: FastAPI) -> None:
    async with visiting(app) as browser:
        person = await sent(browser, "/habitants/nouveau", "/habitants", **TYPED)
        assert "Prescrire 5 heures" in person.text
        address = person.url.path
        wanted = {"need": "administrative", "idempotency_key": "twice"}
        page = await sent(browser, address, f"{address}/chequiers", **wanted)
        again = await sent(browser, address, f"{address}/chequiers", **wanted)
        assert page.text.count("Chéquier n°") == again.text.count("Chéquier n°") == 1
        assert "Imprimer le chéquier" in page.text


async def test_a_refused_form_keeps_what_was_typed_and_says_what_is_wrong_beside_the_field(app: FastAPI) -> None:
    wrong = {**TYPED, "phone": "04 75 41 00 01", "birth_date": "", "audiences": ["senior", "farmer"], "msa": "true"}
    async with visiting(app) as browser:
        page = await sent(browser, "/habitants/nouveau", "/habitants", **wrong)
    assert page.status_code == 422
    text = page.text.replace("&#39;", "'")
    assert 'value="Dubœuf"' in text
    assert 'value="04 75 41 00 01"' in text
    assert text.count(" checked") == 4
    assert '<span class="fault" id="birth_date-faute">à remplir</span>' in text
    assert "ce numéro ne peut pas recevoir de SMS" in text
    assert 'aria-describedby="birth_date-faute" aria-invalid="true"' in text


@pytest.mark.parametrize(
    ("text", "chosen", "found", "question"),
    [
        ("crest", "", "Crest", ""),
        ("Valence", "", "Valence", ""),
        ("Crest (26400)", "", "Crest", ""),
        ("st donat", "", "Saint-Donat-sur-l'Herbasse", ""),
        ("die", "", "Die", ""),
        ("saint", "", None, residence.WHICH),
        ("26400", "", None, residence.ASKED),
        ("05700", "", None, residence.ASKED),
        ("26400", "26108", "Crest", ""),
        ("26400", residence.OUTSIDE, None, residence.NOT_OF_THE_DROME),
        ("Privas", "", None, residence.NOT_FOUND),
        ("07000", "", None, residence.NOT_FOUND),
        ("", "", None, "à remplir"),
    ],
)
def test_rule_3_a_postal_code_is_asked_about_and_a_name_is_enough(
    text: str, chosen: str, found: str | None, question: str
) -> None:
    lives = residence.read(text, chosen)
    assert (lives.commune.name if lives.commune else None, lives.question) == (found, question)
    assert bool(lives.among) == (question in {residence.WHICH, residence.ASKED})


async def test_rule_3_the_form_asks_which_commune_and_refuses_one_outside(app: FastAPI, database: Database) -> None:
    async with visiting(app) as browser:
        asked = await sent(browser, "/habitants/nouveau", "/habitants", **{**TYPED, "commune": "26400"})
        assert "Une autre commune, hors de la Drôme" in asked.text
        assert asked.text.count('name="commune_insee"') > 5
        outside = {**TYPED, "commune": "26400", "commune_insee": residence.OUTSIDE}
        refused = await sent(browser, "/habitants/nouveau", "/habitants", **outside)
        assert "réservé aux habitants de la Drôme" in refused.text
        chosen = {**TYPED, "commune": "26400", "commune_insee": "26108"}
        assert "Prescrire 5 heures" in (await sent(browser, "/habitants/nouveau", "/habitants", **chosen)).text
    assert await one(database, "SELECT commune_insee FROM beneficiaries") == "26108"


async def test_rule_5_the_page_shows_who_looks_alike_and_a_box_confirms(app: FastAPI) -> None:
    await registered(app)
    other = {**TYPED, "first_name": "Démo Marc", "last_name": "Autre"}
    async with visiting(app) as browser:
        shown = await sent(browser, "/habitants/nouveau", "/habitants", **other)
        assert (shown.status_code, "Dubœuf</a>" in shown.text, 'value="Autre"' in shown.text) == (409, True, True)
        done = await sent(browser, "/habitants/nouveau", "/habitants", **other, confirmed="true")
        assert "Prescrire 5 heures" in done.text


async def test_rule_5_the_page_offers_to_ask_for_a_decision(app: FastAPI, database: Database) -> None:
    await registered(app)
    async with visiting(app) as browser:
        shown = await sent(browser, "/habitants/nouveau", "/habitants", **TYPED)
        assert 'formaction="/habitants/decision"' in shown.text
        asked = await sent(browser, "/habitants/nouveau", "/habitants/decision", **TYPED)
        assert "Votre demande est enregistrée" in asked.text
    assert await one(database, "SELECT claim->>'last_name' FROM doubles") == "Dubœuf"


async def test_a_typing_error_still_finds_the_person(app: FastAPI) -> None:
    await registered(app)
    async with visiting(app) as browser:
        for asked in ("duboeuf", "Dubeuf jeane", "Jeanne Duboeuf", "06 39 98 12 34", "+33639981234"):
            assert "Dubœuf" in (await browser.get("/", params={"q": asked})).text, asked
        assert "Personne de ce nom" in (await browser.get("/", params={"q": "Xylophone"})).text


async def test_the_next_session_and_the_hours_are_on_the_persons_page(site: Site, app: FastAPI) -> None:
    person = await registered(app)
    book = await prescribed(app, person)
    booking = confirmed(person)
    await hear(site, booking, wallet(person, 1, use(book["id"], available=3, held=1, consumed=1)))
    async with visiting(app) as browser:
        text = (await browser.get(f"/habitants/{person}")).text
        assert "Créer son adresse e-mail, Espace de Crest (Crest)" in text
        gone = BookingCancelled(
            booking_id=booking.booking_id,
            session_id=booking.session_id,
            beneficiary_id=booking.beneficiary_id,
            by=Actor(kind="beneficiary"),
            reason="empêchement",
            late=False,
            vouchers_returned=1,
        )
        await hear(site, gone)
        assert "Prochaine séance" not in (await browser.get(f"/habitants/{person}")).text


async def test_rule_5_a_registration_by_postal_code_reaches_its_end_when_someone_looks_alike(
    app: FastAPI, database: Database
) -> None:
    await registered(app)
    typed = {**TYPED, "first_name": "Démo Marc", "last_name": "Autre", "commune": "26400"}
    async with visiting(app) as browser:
        asked = await sent(browser, "/habitants/nouveau", "/habitants", **typed)
        assert "Quelle commune" in asked.text
        shown = await sent(browser, "/habitants/nouveau", "/habitants", **typed, commune_insee="26108")
        assert ('name="confirmed"' in shown.text, "Quelle commune" in shown.text) == (True, False)
        assert 'value="Crest (26400)"' in shown.text
        typed["commune"] = "Crest (26400)"  # as it stands in the form now
        done = await sent(browser, "/habitants/nouveau", "/habitants", **typed, confirmed="true")
        assert "Prescrire 5 heures" in done.text
    assert await rows(database, "SELECT commune_insee FROM beneficiaries") == [("26108",)] * 2


async def test_rule_5_a_namesake_registered_by_postal_code_is_sent_for_a_decision(
    app: FastAPI, database: Database
) -> None:
    await registered(app)
    typed = {**TYPED, "commune": "26400", "commune_insee": "26108"}
    async with visiting(app) as browser:
        shown = await sent(browser, "/habitants/nouveau", "/habitants", **typed)
        assert ('formaction="/habitants/decision"' in shown.text, "Quelle commune" in shown.text) == (True, False)
        again = {**TYPED, "commune": "Crest (26400)"}
        asked = await sent(browser, "/habitants/nouveau", "/habitants/decision", **again)
        assert "Votre demande est enregistrée" in asked.text
    assert await one(database, "SELECT claim->>'commune_insee' FROM doubles") == "26108"


async def test_rule_25_a_save_starts_no_channel_again_that_was_stopped(
    site: Site, app: FastAPI, database: Database
) -> None:
    person = await registered(app)
    stopped = "SELECT opt_outs FROM beneficiaries"
    await hear(site, ContactOptedOut(beneficiary_id=BeneficiaryId(UUID(person)), channel="sms"))
    address = f"/habitants/{person}/modifier"
    async with visiting(app) as browser, asking(app, PRESCRIBER) as client:
        await sent(browser, address, address, **TYPED)
        await client.put(f"/api/beneficiaries/{person}", json=PERSON)
        assert await one(database, stopped) == ["sms"]
        assert "La personne veut de nouveau recevoir des SMS" in (await browser.get(address)).text
        await sent(browser, address, address, **TYPED, start_again="true")
        assert await one(database, stopped) == []
        assert "La personne veut de nouveau" not in (await browser.get(address)).text
        await change(database, "UPDATE beneficiaries SET opt_outs = '{sms}'")
        await client.put(f"/api/beneficiaries/{person}", json={**PERSON, "start_again": True})
        assert await one(database, stopped) == []


@pytest.mark.parametrize("typed", ["Александр", ".", "李 。"])
async def test_a_search_without_latin_letters_finds_nobody_and_says_how_to_search(app: FastAPI, typed: str) -> None:
    await registered(app)
    async with visiting(app) as browser:
        text = (await browser.get("/", params={"q": typed})).text
    assert ("Dubœuf" in text, "en lettres latines" in text) == (False, True)


async def test_a_contact_that_changes_is_stated_again(app: FastAPI, database: Database) -> None:
    person = await registered(app)
    await change(database, "UPDATE beneficiaries SET opt_outs = '{email}'")
    address = f"/habitants/{person}/modifier"
    async with visiting(app) as browser:
        form = (await browser.get(address)).text
        assert 'value="+33639981234"' in form
        new = {**TYPED, "phone": "", "channel": "email", "email": "demo@exemple.invalid", "commune": "Die"}
        assert "La fiche est à jour" in (await sent(browser, address, address, **new)).text
        wrong = await sent(browser, address, address, **{**new, "email": ""})
        assert "écrivez l'adresse e-mail" in wrong.text.replace("&#39;", "'")
    stated = await rows(database, "SELECT phone, phone_kind, commune_insee, version, opt_outs FROM beneficiaries")
    assert stated == [(None, None, "26113", 2, [])]


async def test_who_waits_for_more_than_14_days_is_on_the_list_of_their_centre(
    site: Site, app: FastAPI, database: Database
) -> None:
    waits, booked = (
        await registered(app),
        await registered(app, phone=None, channel="call", birth_date="1960-01-01", last_name="Martin"),
    )
    for person in (waits, booked):
        await prescribed(app, person)
    await change(database, "UPDATE books SET prescribed_at = now() - interval '15 days'")
    await hear(site, confirmed(booked, booked=datetime.now(UTC) - timedelta(days=3)))
    async with visiting(app) as browser:
        text = (await browser.get("/a-relancer")).text
        assert ("Dubœuf" in text, "Martin" in text, "15 jours" in text) == (True, False, True)
    async with visiting(app, OTHER_PRESCRIBER) as browser:
        assert "Personne n&#39;attend" in (await browser.get("/a-relancer")).text.replace(
            "Personne n'", "Personne n&#39;"
        )
    await change(database, "UPDATE books SET prescribed_at = now() - interval '13 days'")
    async with visiting(app, ADMINISTRATOR) as browser:
        assert "Dubœuf" not in (await browser.get("/a-relancer")).text
    read = await rows(database, "SELECT beneficiary_id, what, why FROM readings WHERE what <> 'book'")
    assert read == [(UUID(waits), "unbooked", "suivi par son centre")], "who is shown with a telephone has been read"


async def test_the_list_of_who_waits_is_cut_and_says_so(
    app: FastAPI, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for year in (1960, 1961):
        await prescribed(app, await registered(app, phone=None, channel="call", birth_date=f"{year}-01-01"))
    await change(database, "UPDATE books SET prescribed_at = now() - interval '15 days'")
    async with visiting(app) as browser:
        assert "Il y en a d'autres" not in (await browser.get("/a-relancer")).text
        await change(database, "DELETE FROM readings")
        monkeypatch.setattr(desk, "AT_A_TIME", 1)
        assert "Il y en a d'autres" in (await browser.get("/a-relancer")).text
    assert await one(database, "SELECT count(*) FROM readings") == 1, "who is not shown was not read"


async def test_a_refused_form_names_its_fields_in_french(app: FastAPI) -> None:
    person = await registered(app)
    centre = {"name": "Centre social", "kind": "social_centre", "commune_insee": "07019", "phone": "06 12"}
    merging = {"kept_id": person, "merged_id": person, "reason": "   "}
    async with visiting(app, ADMINISTRATOR) as browser:
        spaces = await sent(browser, f"/habitants/{person}", f"/habitants/{person}/ouvrir", why="   ")
        assert (spaces.status_code, "Raison : à remplir" in spaces.text) == (422, True)
        assert "Raison : à remplir" in (await sent(browser, "/doublons", "/doublons/reunir", **merging)).text
        text = (await sent(browser, "/centres", "/centres", **centre)).text
        assert ("Commune : choisissez" in text, "Téléphone : ce numéro" in text) == (True, True)
        assert (await browser.get("/pilotage?depuis=")).status_code == 200
        assert (await browser.get("/pilotage?depuis=0000-01")).status_code == 422


async def test_an_administrator_is_not_offered_what_a_prescriber_does(app: FastAPI) -> None:
    person = await registered(app)
    async with visiting(app, ADMINISTRATOR) as browser:
        for asked in ("Dubœuf", "Xylophone"):
            assert "Inscrire cette personne" not in (await browser.get("/", params={"q": asked})).text
        assert "inscrire une nouvelle" not in (await browser.get("/", params={"q": "Dubœuf"})).text
        opened = await sent(browser, f"/habitants/{person}", f"/habitants/{person}/ouvrir", why="elle a appelé")
    assert ("Dubœuf" in opened.text, "Prescrire 5 heures" in opened.text) == (True, False)


async def test_numbers_of_vouchers_agree(site: Site, app: FastAPI) -> None:
    person = await registered(app)
    book = (await prescribed(app, person))["id"]
    await hear(site, wallet(person, 1, use(book, available=1, consumed=4)))
    async with visiting(app) as browser:
        text = (await browser.get(f"/habitants/{person}")).text
    for said in ("<span>chèque à utiliser</span>", "<span>chèque réservé</span>", "<span>heures suivies</span>"):
        assert said in text


PAGES = ("/", "/habitants/nouveau", "/a-relancer", "/pilotage", "/etat", "/connexion", "/habitants/decision-demandee")
DESK = ("/", "/centres", "/doublons", "/effacements", "/pilotage?par=epci", "/a-relancer")


@pytest.mark.parametrize(
    ("who", "path"), [*((PRESCRIBER, one) for one in PAGES), *((ADMINISTRATOR, one) for one in DESK)]
)
async def test_every_page_opens(app: FastAPI, who: Principal, path: str) -> None:
    async with visiting(app, who) as browser:
        page = await browser.get(path)
        assert page.status_code == 200
        assert "default-src 'none'" in page.headers["content-security-policy"]


async def test_a_visitor_is_sent_to_sign_in_and_a_form_without_token_is_refused(app: FastAPI) -> None:
    async with visiting(app, None) as browser:
        assert (await browser.get("/")).url.path == "/connexion"
    async with visiting(app) as browser:
        refused = await browser.post("/habitants", data={**TYPED, "idempotency_key": "k"})
        assert refused.status_code == 403
        assert "rechargez-la" in refused.text
