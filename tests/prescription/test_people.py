"""Rules 3, 4, 5 and 9: who is registered, how they are reached, and that one person is one record."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy.exc import IntegrityError

from chassis.db import Database
from chassis.site import Site
from contracts.booking import BookingAttended
from contracts.ids import BeneficiaryId
from services.prescription.model.double import names_alike
from services.prescription.model.names import name_key
from services.prescription.web import doubles
from tests.actors import ADMINISTRATOR, MEDIATOR, PRESCRIBER, asking
from tests.prescription.conftest import OTHER_PRESCRIBER, PERSON, hear
from tests.prescription.desk import (
    answer,
    change,
    confirmed,
    merge,
    one,
    post,
    prescribed,
    registered,
    rows,
    said,
    sent,
    use,
    used_up,
    visiting,
    wallet,
)

OTHER: dict[str, Any] = {"phone": None, "channel": "call"}


async def test_rule_3_only_a_prescriber_registers(app: FastAPI) -> None:
    assert (await post(app, "/api/beneficiaries", PERSON, who=MEDIATOR)).status_code == 403
    async with asking(app) as client:
        assert (await client.post("/api/beneficiaries", json=PERSON)).status_code == 401


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"commune_insee": "84031"}, "réservé aux habitants de la Drôme"),
        ({"phone": "04 75 41 00 01"}, "ne peut pas recevoir de SMS"),
        ({"phone": "+32 470 12 34 56"}, "ne peut pas recevoir de SMS"),
        ({"phone": "06 12"}, "n'existe pas"),
        ({"channel": "email"}, "écrivez l'adresse e-mail"),
        ({"channel": "letter"}, "écrivez l'adresse postale"),
        ({"last_name": ""}, "last_name : à remplir"),
        ({"last_name": "李"}, "lettres latines"),
        ({"birth_date": "1851-03-02"}, "vérifiez l'année"),
        ({"birth_date": "2951-03-02"}, "dans le futur"),
        ({"audiences": ["pilot"]}, "choix inconnu"),
        ({"support_needs": ["diabetes"]}, "choix inconnu"),
        ({"first_name": "  "}, "first_name : à remplir"),
        ({"phone": 639981234}, "phone : valeur non comprise"),
    ],
)
async def test_rules_3_and_4_a_refusal_says_what_to_do(app: FastAPI, change: dict[str, Any], sentence: str) -> None:
    answer = await post(app, "/api/beneficiaries", {**PERSON, **change})
    assert answer.status_code == 422
    assert sentence in answer.json()["detail"]
    assert answer.headers["content-type"] == "application/problem+json"


async def test_rule_3_a_commune_outside_is_refused_by_the_database_alone(app: FastAPI, database: Database) -> None:
    await registered(app)
    with pytest.raises(IntegrityError, match="ck_beneficiaries_commune"):
        await change(database, "UPDATE beneficiaries SET commune_insee = '07019'")


async def test_rule_4_no_phone_and_no_email_is_fine(app: FastAPI) -> None:
    assert await registered(app, **OTHER)


async def test_rule_4_an_sms_to_a_landline_is_refused_by_the_database_alone(app: FastAPI, database: Database) -> None:
    await registered(app)
    with pytest.raises(IntegrityError, match="ck_beneficiaries_sms"):
        await change(database, "UPDATE beneficiaries SET phone_kind = 'landline'")


@pytest.mark.parametrize(
    ("number", "kind"), [("06 39 98 12 34", "mobile"), ("04 65 71 12 34", "landline"), ("+32 470 12 34 56", "foreign")]
)
async def test_rule_4_the_kind_of_a_number_is_recognised(
    app: FastAPI, database: Database, number: str, kind: str
) -> None:
    await registered(app, phone=number, channel="call")
    assert await one(database, "SELECT phone_kind FROM beneficiaries") == kind


async def test_rule_9_audiences_are_several_with_the_msa_flag(app: FastAPI, database: Database) -> None:
    await registered(app, audiences=["farmer", "senior", "farmer"], msa=True)
    assert await rows(database, "SELECT audiences, msa FROM beneficiaries") == [(["farmer", "senior"], True)]
    told = await one(
        database, "SELECT convert_from(body, 'utf8')::jsonb FROM outbox WHERE headers->>'ce_type' LIKE 'benef%'"
    )
    assert (told["audiences"], told["msa"], told["epci"]) == (["farmer", "senior"], True, "200040509")


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("demo jeanne", "DUBOEUF"),
        ("Démo-Jeanne", "Dubœuf"),
        ("DémoJeanne", "Dub œuf"),
        ("Dubœuf", "Démo Jeanne"),
    ],
)
async def test_rule_5_however_a_name_is_written_it_is_the_same_person(app: FastAPI, first: str, last: str) -> None:
    await registered(app)
    refused = await post(app, "/api/beneficiaries", {**PERSON, **OTHER, "first_name": first, "last_name": last})
    assert refused.json()["type"].endswith("already-known")


async def test_rule_5_same_name_and_birth_date_is_refused_even_twice_at_once(app: FastAPI) -> None:
    alike = {**PERSON, "first_name": "demo jeanne", "last_name": "DUBOEUF"}
    answers = await asyncio.gather(*(post(app, "/api/beneficiaries", body) for body in (PERSON, alike) * 5))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9


async def test_rule_5_same_name_and_birth_date_is_refused_by_the_database_alone(
    app: FastAPI, database: Database
) -> None:
    await registered(app)
    await registered(app, **OTHER, birth_date="1960-01-01")
    with pytest.raises(IntegrityError, match="uq_beneficiaries_name_key_birth_date_twin"):
        await change(database, "UPDATE beneficiaries SET birth_date = '1951-03-02'")


@pytest.mark.parametrize(
    "alike",
    [
        {"first_name": "Marc", "last_name": "Autre"},
        {"first_name": "Démo Jeane", "last_name": "Dubeuf", **OTHER},
        {"first_name": "Démo Jeanne", "last_name": "Dubœuf-Martin", **OTHER},
    ],
    ids=["same phone", "typing error", "double name"],
)
async def test_rule_5_who_looks_alike_must_be_confirmed_and_an_administrator_sees_it(
    app: FastAPI, database: Database, alike: dict[str, Any]
) -> None:
    await registered(app)
    body = {**PERSON, **alike}
    refused = await post(app, "/api/beneficiaries", body)
    assert refused.json()["type"].endswith("looks-alike")
    assert "Jeanne" not in refused.json()["detail"], "a refusal names nobody else"
    assert (await post(app, "/api/beneficiaries", {**body, "confirmed": True})).status_code == 201
    async with visiting(app, ADMINISTRATOR) as browser:
        assert "Aussi inscrite" in (await browser.get("/doublons")).text
    read = await rows(database, "SELECT what, why, name FROM readings")
    assert read == [("doubles", "liste de travail de l'administration", "Démo Admin")] * 2


def test_rule_5_brothers_with_one_birthday_do_not_look_alike() -> None:
    """Twins share a name and a day; asking about each of them would teach people to click."""
    assert not names_alike("dupont pierre", "dupont lucie")
    assert name_key("Pierre", "Dupont") != name_key("Lucie", "Dupont")


async def test_the_list_of_doubles_is_cut_and_says_so(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    await registered(app)
    for name in ("Un", "Deux"):
        await registered(app, first_name=f"Démo {name}", last_name="Autre", confirmed=True)
    async with visiting(app, ADMINISTRATOR) as browser:
        assert "Il y en a d'autres" not in (await browser.get("/doublons")).text
        monkeypatch.setattr(doubles, "AT_A_TIME", 1)
        text = (await browser.get("/doublons")).text
    assert ("Il y en a d'autres" in text, "Démo Un" in text, "Démo Deux" in text) == (True, True, False)


async def claimed(app: FastAPI) -> str:
    """Two real persons with one name, born on one day: the prescriber asks for a decision."""
    body = {**PERSON, **OTHER, "commune_insee": "26113"}
    answer = await post(app, "/api/claims", body, who=OTHER_PRESCRIBER)
    assert answer.status_code == 202
    return str(answer.json()["id"])


async def test_rule_5_two_real_persons_of_one_name_are_declared_distinct_with_a_trace(
    app: FastAPI, database: Database
) -> None:
    await registered(app)
    double = await claimed(app)
    assert double == await claimed(app), "asking twice is asking once"
    async with visiting(app, ADMINISTRATOR) as browser:
        assert "À inscrire" in (await browser.get("/doublons")).text
        page = await sent(browser, "/doublons", f"/doublons/{double}/distincts", reason="deux cartes d'identité vues")
        assert "deux cartes" in page.text
    twins = await rows(database, "SELECT twin, centre_id, commune_insee FROM beneficiaries ORDER BY twin")
    assert [(row[0], row[2]) for row in twins] == [(0, "26108"), (1, "26113")]
    assert twins[1][1] == OTHER_PRESCRIBER.centre_id
    trace = await rows(database, "SELECT outcome, decided_by, claim FROM doubles")
    assert trace == [("distinct", "Démo Admin", None)]
    third = await post(app, "/api/beneficiaries", {**PERSON, **OTHER})
    assert third.json()["type"].endswith("already-known")


async def test_rule_5_a_claim_of_the_same_person_makes_nothing(app: FastAPI, database: Database) -> None:
    await registered(app)
    double = await claimed(app)
    async with visiting(app, ADMINISTRATOR) as browser:
        await sent(browser, "/doublons", f"/doublons/{double}/meme-personne", reason="reconnue")
        again = await sent(browser, "/doublons", f"/doublons/{double}/distincts", reason="trop tard")
    assert again.status_code == 404
    assert await one(database, "SELECT count(*) FROM beneficiaries") == 1


async def two_records(app: FastAPI) -> tuple[str, str]:
    """One person, registered twice under a mistaken birth date."""
    kept = await registered(app)
    merged = await registered(app, **OTHER, birth_date="1951-02-03", email="demo@exemple.invalid")
    return kept, merged


async def test_rule_5_a_merge_keeps_one_history_numbered_by_date(site: Site, app: FastAPI, database: Database) -> None:
    kept, merged = await two_records(app)
    second = (await prescribed(app, merged))["id"]
    first = (await prescribed(app, kept))["id"]
    await change(database, "UPDATE books SET prescribed_at = now() - interval '1 year' WHERE id = :id", id=UUID(first))
    starts = confirmed(merged)
    await hear(site, starts)
    assert (await merge(app, kept, merged)).status_code == 204
    books = await rows(database, "SELECT id, beneficiary_id, rank, current FROM books ORDER BY rank")
    assert [(str(row[0]), str(row[1]), row[2], row[3]) for row in books] == [
        (first, kept, 1, False),
        (second, kept, 2, True),
    ]
    assert str(await one(database, "SELECT beneficiary_id FROM bookings")) == kept
    assert await one(database, "SELECT email FROM beneficiaries") == "demo@exemple.invalid"
    told = ["beneficiary.merged.v1", "beneficiary.changed.v1", "contact.erased.v1", "contact.stated.v1"]
    assert (await said(database))[-4:] == told
    assert (await rows(database, "SELECT key FROM outbox WHERE body IS NULL")) == [(merged,)]
    assert await rows(database, "SELECT reason, by FROM merges") == [("date mal lue", "Démo Admin")]


async def test_rule_5_later_news_of_the_merged_record_goes_to_the_kept_one(
    site: Site, app: FastAPI, database: Database
) -> None:
    kept, merged = await two_records(app)
    await merge(app, kept, merged)
    booking = confirmed(merged)
    ids = {"booking_id": booking.booking_id, "session_id": booking.session_id}
    late = BookingAttended(
        vouchers_consumed=1, on=booking.starts_at.date(), beneficiary_id=BeneficiaryId(UUID(merged)), **ids
    )
    await hear(site, booking, late, wallet(merged, 9))
    assert [str(row[0]) for row in await rows(database, "SELECT beneficiary_id FROM bookings")] == [kept]
    async with asking(app, PRESCRIBER) as client:
        assert (await client.get(f"/api/beneficiaries/{merged}")).json()["id"] == kept


async def test_rule_5_after_a_merge_no_book_until_booking_has_told_of_all(site: Site, app: FastAPI) -> None:
    """What was heard of two wallets is not yet what booking says of one."""
    kept, merged = await two_records(app)
    books = await used_up(site, app, kept, 1) + await used_up(site, app, merged, 1)
    await merge(app, kept, merged)
    refused = await post(app, f"/api/beneficiaries/{kept}/books", {"need": "farm"})
    assert refused.json()["type"].endswith("use-not-confirmed")
    await hear(site, wallet(kept, 5, *(use(book, consumed=5) for book in books)))
    assert (await prescribed(app, kept))["rank"] == 3


async def test_rule_5_a_merge_never_exceeds_the_cap(site: Site, app: FastAPI, database: Database) -> None:
    kept, merged = await two_records(app)
    await used_up(site, app, kept, 5)
    await used_up(site, app, merged, 4)
    refused = await merge(app, kept, merged)
    assert refused.status_code == 409
    assert "ont 9 chéquiers" in refused.json()["detail"]
    assert await one(database, "SELECT count(*) FROM beneficiaries") == 2


async def test_rule_5_eight_books_of_two_records_become_the_eight_of_one(
    site: Site, app: FastAPI, database: Database
) -> None:
    kept, merged = await two_records(app)
    await used_up(site, app, kept, 4)
    await used_up(site, app, merged, 4)
    assert (await merge(app, kept, merged)).status_code == 204
    assert [rank for (rank,) in await rows(database, "SELECT rank FROM books ORDER BY prescribed_at")] == [*range(1, 9)]


async def test_rule_5_a_merge_numbers_cancelled_books_too_and_the_next_rank_is_new(
    site: Site, app: FastAPI, database: Database
) -> None:
    """Booking numbers all books by date: as long as eight are enough, both number alike."""
    kept, merged = await two_records(app)
    gone = (await prescribed(app, kept))["id"]
    async with visiting(app) as browser:
        await sent(browser, f"/habitants/{kept}", f"/chequiers/{gone}/annuler", reason="mistake")
    await answer(site, wallet(kept, 1, use(gone, void=5)))
    for person in (kept, merged):
        await prescribed(app, person)
    assert (await merge(app, kept, merged)).status_code == 204
    books = await rows(database, "SELECT rank, state, current FROM books ORDER BY prescribed_at")
    assert books == [(1, "cancelled", False), (2, "active", False), (3, "active", True)]


async def test_rule_20_same_key_same_answer_other_body_refused(app: FastAPI) -> None:
    first, again = await asyncio.gather(*(post(app, "/api/beneficiaries", PERSON, key="one") for _ in range(2)))
    assert first.json() == again.json()
    other = await post(app, "/api/beneficiaries", {**PERSON, "last_name": "Autre"}, key="one")
    assert other.status_code == 422
    assert other.json()["type"] == "urn:pass-numerique:probleme:key-reused"
