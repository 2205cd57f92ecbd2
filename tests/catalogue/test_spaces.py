"""Spaces put right by hand, missed by their list, doubled; labels that end; mediators; and what booking tells."""

from datetime import timedelta

import pytest

from chassis.db import Database, Transaction
from chassis.erasure import among
from chassis.site import Site
from contracts.booking import SessionFilled
from contracts.ids import BeneficiaryId, MediatorId, uuid7
from contracts.prescription import BeneficiaryErased
from services.catalogue import consumers, queries, usecases
from services.catalogue.model import LabelForm, MediatorForm, RoomTaken, Session, SessionForm, Written
from services.catalogue.model.refusals import LabelNotValid, NoSuchRoom, ReasonNeeded
from services.catalogue.standards import Place, places_to_csv, read_places
from tests.actors import ADMINISTRATOR, MEDIATOR, asking
from tests.catalogue.conftest import NEXT_WEEK, TODAY, first_space, place, space_ids
from tests.catalogue.test_sessions import said, told

CORRECTED = {
    "nom": "Espace du Pont",
    "adresse": "3 quai des Marronniers",
    "code_postal": "26400",
    "commune": "Crest",
    "telephone": "04 65 71 00 09",
    "horaires": "Mo-Fr 09:00-12:00",
    "itinerance": "Fixe",
    "rooms": "Salle bleue\nSalle verte",
}


ROOMS = Written({}, ["Salle bleue", "Salle verte"])


def file_of(*places: Place) -> bytes:
    return places_to_csv(places).encode()


async def take(database: Database, content: bytes, whole: str = "", *, trial: bool = False) -> usecases.Imported:
    reading = read_places(content)
    return await database.transact(lambda tx: usecases.import_places(tx, reading, trial=trial, list_name=whole))


async def test_what_a_person_corrects_survives_the_next_file_and_is_exported(site: Site, database: Database) -> None:
    await take(database, file_of(place()))
    space = await first_space(database)
    async with asking(site.application(), ADMINISTRATOR) as admin:
        assert (await admin.post(f"/espaces/{space}/corriger", data=CORRECTED)).status_code == 303
        page = (await admin.get(f"/espaces/{space}")).text
        again = await take(database, file_of(place(presentation_resume="Nouveau dans le fichier")))
        exported = (await admin.get("/api/places.csv")).text
        round_trip = await take(database, exported.encode())
    for shown in ("Espace du Pont", "3 quai des Marronniers", "du lundi au vendredi", "Salle bleue", "fixe"):
        assert shown in page
    assert again.counts["changed"] == 1
    assert again.lines[0].fields == ("presentation_resume",)
    assert "3 quai des Marronniers" in exported
    assert "Nouveau dans le fichier" in exported
    assert round_trip.counts["unchanged"] == 1


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("code_postal", "2640", "cinq chiffres"),
        ("telephone", "12", "téléphone"),
        ("horaires", "le matin", "Mo-Fr"),
        ("courriels", "pas une adresse", "e-mail"),
    ],
)
async def test_a_correction_that_the_standard_would_refuse_is_refused(
    site: Site, database: Database, field: str, value: str, why: str
) -> None:
    await take(database, file_of(place()))
    space = await first_space(database)
    async with asking(site.application(), ADMINISTRATOR) as admin:
        refused = await admin.post(f"/espaces/{space}/corriger", data={**CORRECTED, field: value})
    assert refused.status_code == 422
    assert why in refused.text


async def test_a_place_that_its_list_no_longer_has_is_marked_and_comes_back(database: Database) -> None:
    await take(database, file_of(place("a"), place("b")), "drome")
    await take(database, file_of(place("c")))  # from elsewhere: no list speaks for it
    assert (await take(database, file_of(place("a")), "drome", trial=True)).counts["missing"] == 1
    assert await missing(database) == set()
    assert (await take(database, file_of(place("a")), "drome")).counts["missing"] == 1
    assert await missing(database) == {"b"}
    assert "space.closed.v1" not in await said(database)
    await take(database, file_of(place("a"), place("b")), "drome")
    assert await missing(database) == set()


async def test_a_place_that_we_have_under_another_id_is_told_with_its_line(database: Database) -> None:
    await take(database, file_of(place("a", nom="Fablab du Diois", pivot="21260108900012")))
    renamed = place("x", nom="FABLAB DU DIOIS", adresse="9 rue X")
    same_siret = place("y", nom="Un autre nom", pivot="21260108900012", adresse="9 rue Y")
    elsewhere = place("z", nom="Fablab du Diois", commune="Nyons", code_insee="26220", code_postal="26110",
                      latitude=44.36, longitude=5.14)  # fmt: skip
    done = await take(database, file_of(renamed, same_siret, elsewhere), trial=True)
    told = {remark.line: remark.sentence for remark in done.remarks if "déjà dans notre liste" in remark.sentence}
    assert {line: sentence.rpartition(" : ")[2] for line, sentence in told.items()} == {
        2: "même nom, même commune.",
        3: "même SIRET, même endroit.",
    }


async def test_a_closed_space_hosts_nothing_new_and_its_sessions_stay(
    site: Site, database: Database, form: SessionForm
) -> None:
    session = await database.transact(lambda tx: usecases.put_on_session(tx, form))
    async with asking(site.application(), ADMINISTRATOR) as admin:
        await admin.post(f"/espaces/{form.space_id}/fermer")
        assert "drome-1" not in (await admin.get("/espaces")).text
        later = form.model_copy(update={"starts_at": NEXT_WEEK + timedelta(hours=3)})
        with pytest.raises(LabelNotValid):
            await database.transact(lambda tx: usecases.put_on_session(tx, later))
        assert (await admin.get(f"/seances/{session.id}")).status_code == 200
        await admin.post(f"/espaces/{form.space_id}/rouvrir")
        assert "drome-1" in (await admin.get("/espaces")).text
    kinds = [one for one in await said(database) if one.startswith("space.")]
    assert kinds[-2:] == ["space.closed.v1", "space.listed.v1"]


async def test_rule_10_where_a_space_has_rooms_a_session_names_one(database: Database, form: SessionForm) -> None:
    await database.transact(lambda tx: usecases.correct_space(tx, form.space_id, ROOMS))
    with pytest.raises(NoSuchRoom, match="Salle bleue ou Salle verte"):
        await database.transact(lambda tx: usecases.put_on_session(tx, form))
    blue = form.model_copy(update={"room": "Salle bleue"})
    session = await database.transact(lambda tx: usecases.put_on_session(tx, blue))
    assert session.scheduled().place.room == "Salle bleue"


async def test_rule_10_where_a_space_has_no_rooms_none_is_named(database: Database, form: SessionForm) -> None:
    named = form.model_copy(update={"room": "Salle bleue"})
    with pytest.raises(NoSuchRoom, match="pas plusieurs salles"):
        await database.transact(lambda tx: usecases.put_on_session(tx, named))


async def test_rule_13_another_room_is_another_place(database: Database, form: SessionForm) -> None:
    await database.transact(lambda tx: usecases.correct_space(tx, form.space_id, ROOMS))
    other = MediatorId(uuid7())
    await database.transact(lambda tx: usecases.keep_mediator(tx, other, MediatorForm(name="Démo Lucie")))
    blue = form.model_copy(update={"room": "Salle bleue"})
    green = blue.model_copy(update={"room": "Salle verte"})
    session = await database.transact(lambda tx: usecases.put_on_session(tx, blue))
    with pytest.raises(ReasonNeeded):
        await database.transact(lambda tx: usecases.change_session(tx, session.id, green, ""))
    await database.transact(lambda tx: usecases.change_session(tx, session.id, green, "salle prise"))
    [changed] = await told(database, "session.changed.v1")
    assert (changed["changed"], changed["place"]["room"]) == (["place"], "Salle verte")
    there = blue.model_copy(update={"mediator_id": other})
    twin = await database.transact(lambda tx: usecases.put_on_session(tx, there))
    taken = there.model_copy(update={"room": "Salle verte"})
    with pytest.raises(RoomTaken):
        await database.transact(lambda tx: usecases.change_session(tx, twin.id, taken, "salle prise"))


async def test_rule_11_labels_that_end_are_a_work_list_and_are_renewed_from_it(
    site: Site, database: Database, form: SessionForm
) -> None:
    other = (await space_ids(database))["drome-2"]
    ends = TODAY + timedelta(days=30)
    ending = LabelForm(first_day=TODAY, last_day=ends, seats=6)
    await database.transact(lambda tx: usecases.label_space(tx, other, ending))
    async with asking(site.application(), ADMINISTRATOR) as admin:
        page = (await admin.get("/labels")).text
        assert f"/espaces/{other}" in page
        assert f"/espaces/{form.space_id}" not in page  # a year is left
        renewed = {"first_day": (ends + timedelta(days=1)).isoformat(), "last_day": "", "seats": "6"}
        await admin.post(f"/espaces/{other}/label", data=renewed)
        assert f"/espaces/{other}" not in (await admin.get("/labels")).text


async def test_rule_11_a_session_on_the_last_day_of_the_label_is_on_and_the_day_after_is_not(
    database: Database, form: SessionForm
) -> None:
    other = (await space_ids(database))["drome-2"]
    label = LabelForm(first_day=TODAY, last_day=NEXT_WEEK.date(), seats=12)
    await database.transact(lambda tx: usecases.label_space(tx, other, label))
    there = form.model_copy(update={"space_id": other})
    await database.transact(lambda tx: usecases.put_on_session(tx, there))
    after = there.model_copy(update={"starts_at": NEXT_WEEK + timedelta(days=1)})
    with pytest.raises(LabelNotValid):
        await database.transact(lambda tx: usecases.put_on_session(tx, after))
    await database.transact(lambda tx: _later(tx, days=8))
    assert [one for one in await said(database) if one.startswith("label.")] == ["label.ended.v1"]
    assert "session.cancelled.v1" not in await said(database)


async def test_mediators_are_kept_by_pages_with_their_spaces_and_skills(
    site: Site, database: Database, form: SessionForm
) -> None:
    new = MediatorId(uuid7())
    fields = {"name": "Démo Lucie", "phone": "04 65 71 00 03", "space_ids": [str(form.space_id)], "skills": ["impots"]}
    async with asking(site.application(), ADMINISTRATOR) as admin:
        assert (await admin.post(f"/mediateurs/{new}", data={**fields, "left_on": ""})).status_code == 303
        page = (await admin.get("/mediateurs")).text
        assert "Espace numérique drome-1" in page
        assert "Impôts" in page
        assert (await admin.get(f"/mediateurs/{new}")).status_code == 200
        await admin.post(f"/mediateurs/{new}", data={**fields, "left_on": TODAY.isoformat()})
        await database.transact(lambda tx: usecases.put_on_session(tx, form))
        gone = {"name": "Démo Karim", "left_on": NEXT_WEEK.date().isoformat()}
        await admin.post(f"/mediateurs/{form.mediator_id}", data=gone)
        assert "1 de ses séances" in (await admin.get("/mediateurs")).text
    assert [one for one in await said(database) if one.startswith("mediator.")][-3:] == [
        "mediator.posted.v1",
        "mediator.left.v1",
        "mediator.posted.v1",  # who leaves later is in post
    ]
    async with asking(site.application(), MEDIATOR) as mediator:
        assert (await mediator.get("/mediateurs")).status_code == 403


async def test_rule_13_another_time_or_place_needs_its_reason(database: Database, form: SessionForm) -> None:
    session = await database.transact(lambda tx: usecases.put_on_session(tx, form))
    later = form.model_copy(update={"starts_at": NEXT_WEEK + timedelta(hours=3)})
    with pytest.raises(ReasonNeeded):
        await database.transact(lambda tx: usecases.change_session(tx, session.id, later, ""))
    fewer = form.model_copy(update={"capacity": 5})
    await database.transact(lambda tx: usecases.change_session(tx, session.id, fewer, ""))


async def test_rule_13_when_booking_had_given_more_seats_than_we_knew_the_capacity_follows_and_is_said(
    database: Database, form: SessionForm
) -> None:
    """The lag: five are in at booking, we have heard of two and lower to three. Nobody loses a seat."""
    session = await database.transact(lambda tx: usecases.put_on_session(tx, form))
    await fill(database, session, version=1, taken=2)
    lower = form.model_copy(update={"capacity": 3})
    await database.transact(lambda tx: usecases.change_session(tx, session.id, lower, ""))
    await fill(database, session, version=3, taken=4, offered=1)
    await fill(database, session, version=2, taken=3)  # late: it changes nothing
    found = await kept(database, session)
    assert (found.capacity, found.taken) == (5, 5)
    assert (await said(database)).count("session.changed.v1") == 2
    await fill(database, session, version=4, taken=4)
    found = await kept(database, session)
    assert (found.capacity, found.free) == (5, 1)


async def test_rule_27_an_erased_person_is_answered_for_and_never_heard_of_again(database: Database) -> None:
    person = BeneficiaryId(uuid7())
    for _ in range(2):
        await database.transact(lambda tx: consumers.on_prescription(tx, [BeneficiaryErased(beneficiary_id=person)]))
    assert set(await said(database)) == {"erasure.completed.v1"}
    async with database.reading() as reading:
        assert await among(reading, [person]) == {person}


def test_a_mediator_without_a_skill_teaches_everything() -> None:
    assert MediatorForm(name="Démo").skills == ()


async def fill(database: Database, session: Session, *, version: int, taken: int, offered: int = 0) -> None:
    event = SessionFilled(session_id=session.id, version=version, taken=taken, offered=offered, waiting=0)
    await database.transact(lambda tx: consumers.on_booking(tx, [event]))


async def kept(database: Database, session: Session) -> Session:
    async with database.reading() as reading:
        return await queries.session(reading, session.id)


async def missing(database: Database) -> set[str]:
    async with database.reading() as reading:
        return {one.source_id for one in await queries.all_spaces(reading) if one.missing_since}


async def _later(tx: Transaction, days: int) -> None:
    tx.now += timedelta(days=days)
    await usecases.look_at_labels(tx, warns=timedelta(days=0))
