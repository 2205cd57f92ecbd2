"""Trainings by pages: previewed, published, changed, withdrawn; what a session was sold as stays readable."""

from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import text as sql
from sqlalchemy.exc import DBAPIError

from chassis.db import Database, constraint
from chassis.site import Site
from services.catalogue import queries, usecases
from services.catalogue.model import SessionForm
from services.catalogue.model.refusals import TrainingWithdrawn
from services.catalogue.staff.trainings import TrainingForm
from services.catalogue.trainings import read_trainings
from tests.actors import ADMINISTRATOR, MEDIATOR, asking
from tests.catalogue.conftest import NEXT_WEEK, OFFICE
from tests.catalogue.planning import published_types

WRITTEN = {
    "code": "mail-50",
    "title": "Ouvrir sa boîte sur un autre appareil",
    "summary": "Vous avez une boîte e-mail et deux appareils. "
    "Vous apprenez à lire vos messages sur l'un et sur l'autre.",
    "objectives": "Ouvrir sa boîte sur deux appareils\nRetrouver un message lu ailleurs\n"
    "Se déconnecter d'un appareil prêté",
    "prerequisites": "Avoir une adresse e-mail.",
    "level": "débutant",
    "hours": "1",
    "themes": ["courriel"],
    "thematiques": ["numerique--maitriser-les-fondamentaux-du-numerique"],
    "accessibility": "Lettres agrandies à l'écran.",
    "bring": "Vos deux appareils.",
    "words": "boîte partagée",
}


@pytest.fixture
async def admin(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(site.application(), ADMINISTRATOR) as client:
        yield client


async def publish(admin: httpx.AsyncClient, key: str, **more: object) -> httpx.Response:
    return await admin.post("/gestion/formations", data={**WRITTEN, **more, "idempotency_key": key})


async def test_rule_12_a_training_is_previewed_published_changed_and_withdrawn_by_pages(
    admin: httpx.AsyncClient, database: Database
) -> None:
    preview = (await admin.post("/gestion/formations/apercu", data=WRITTEN)).text
    assert "Rien n'est publié" in preview
    assert (await admin.get("/formations/MAIL-50")).status_code == 404
    assert (await publish(admin, "1")).headers["location"] == "/formations/MAIL-50"
    assert (await publish(admin, "2", known="true", bring="Vos appareils, chargés.")).status_code == 303
    assert "chargés" in (await admin.get("/formations/MAIL-50")).text
    assert "Vos deux appareils" in (await admin.get("/formations/MAIL-50/versions/1")).text
    assert (await admin.post("/gestion/formations/MAIL-50/retirer")).status_code == 303
    assert "n'est plus proposée" in (await admin.get("/formations/MAIL-50")).text
    assert "Version 3" in (await admin.get("/gestion/formations/MAIL-50")).text
    kinds = ["training.published.v1", "training.changed.v1", "training.withdrawn.v1"]
    assert await published_types(database) == kinds


async def test_a_training_by_page_is_found_by_its_words_until_it_is_withdrawn(admin: httpx.AsyncClient) -> None:
    await publish(admin, "1")
    assert "MAIL-50" in (await admin.get("/formations?q=boite partagee")).text
    await admin.post("/gestion/formations/MAIL-50/retirer")
    assert "MAIL-50" not in (await admin.get("/formations?q=boite partagee")).text


async def test_what_breaks_a_limit_is_refused_with_the_field(admin: httpx.AsyncClient) -> None:
    refused = await admin.post("/gestion/formations/apercu", data={**WRITTEN, "title": "Court"})
    assert refused.status_code == 422
    assert "Titre, trop court" in refused.text
    hard = {"summary": "L'appropriation progressive des fonctionnalités administratives dématérialisées nécessite "
            "l'identification méthodique des interlocuteurs institutionnels compétents."}  # fmt: skip
    assert "À relire" in (await admin.post("/gestion/formations/apercu", data={**WRITTEN, **hard})).text


async def test_the_files_leave_alone_what_a_person_has_written_or_withdrawn(
    admin: httpx.AsyncClient, database: Database
) -> None:
    texts = list(read_trainings())
    await database.transact(lambda tx: usecases.publish_trainings(tx, texts))
    await admin.post("/gestion/formations/MAIL-01/retirer")
    counts = await database.transact(lambda tx: usecases.publish_trainings(tx, texts))
    assert counts == {"by_page": 1, "unchanged": len(texts) - 1}
    assert "n'est plus proposée" in (await admin.get("/formations/MAIL-01")).text


async def test_rule_12_what_a_booked_session_was_sold_as_stays_readable_and_keeps_its_price(
    admin: httpx.AsyncClient, database: Database, form: SessionForm
) -> None:
    session = await database.transact(lambda tx: usecases.put_on_session(tx, form, OFFICE))
    async with database.reading() as reading:
        text = (await queries.training_by_code(reading, "MAIL-01")).text()
    longer = text.model_copy(update={"hours": 3, "title": "Créer et garder son adresse e-mail"})
    await database.transact(lambda tx: usecases.write_training(tx, longer, "Démo Anne"))
    page = (await admin.get(f"/seances/{session.id}")).text
    assert "Proposée selon une version antérieure" in page
    assert "Créer son adresse e-mail" in (await admin.get("/formations/MAIL-01/versions/1")).text
    moved = await database.transact(
        lambda tx: usecases.change_session(tx, session.id, form.model_copy(update={"capacity": 7}), "", OFFICE)
    )
    assert (moved.hours, moved.scheduled().vouchers, moved.training_version) == (1, 1, 1)
    later = form.model_copy(update={"starts_at": NEXT_WEEK.replace(hour=14)})
    assert (await database.transact(lambda tx: usecases.put_on_session(tx, later, OFFICE))).hours == 3


async def test_rule_12_a_withdrawn_training_is_not_put_on_again_but_its_session_may_still_move(
    database: Database, form: SessionForm
) -> None:
    session = await database.transact(lambda tx: usecases.put_on_session(tx, form, OFFICE))
    await database.transact(lambda tx: usecases.withdraw_training(tx, "MAIL-01", "Démo Anne"))
    later = form.model_copy(update={"starts_at": NEXT_WEEK.replace(hour=14)})
    with pytest.raises(TrainingWithdrawn):
        await database.transact(lambda tx: usecases.put_on_session(tx, later, OFFICE))
    moved = await database.transact(lambda tx: usecases.change_session(tx, session.id, later, "salle prise", OFFICE))
    assert moved.starts_at == later.starts_at


async def test_the_form_of_a_session_offers_what_it_has_though_it_was_withdrawn(
    admin: httpx.AsyncClient, database: Database, form: SessionForm
) -> None:
    """Else saving another reason would change the training without a word."""
    session = await database.transact(lambda tx: usecases.put_on_session(tx, form, OFFICE))
    await database.transact(lambda tx: usecases.withdraw_training(tx, "MAIL-01", "Démo Anne"))
    page = (await admin.get(f"/seances/{session.id}")).text
    assert f'<option value="{form.training_id}" selected>' in page


async def test_a_new_training_never_replaces_the_one_that_has_its_code(admin: httpx.AsyncClient) -> None:
    await publish(admin, "1")
    taken = await publish(admin, "2", bring="Autre chose.")
    assert taken.status_code == 409
    assert "déjà ce code" in taken.text
    edited = (await admin.get("/gestion/formations/MAIL-50")).text
    assert 'name="known" value="true"' in edited
    preview = await admin.post("/gestion/formations/apercu", data={**WRITTEN, "known": "true"})
    assert 'name="known" value="true"' in preview.text


@pytest.mark.parametrize("path", ["MAIL-51", "mail-5"])
async def test_a_code_that_is_not_the_one_of_the_text_is_refused_and_the_catalogue_stays_readable(
    admin: httpx.AsyncClient, database: Database, path: str
) -> None:
    text = TrainingForm.model_validate(WRITTEN).text().model_dump(mode="json")
    assert (await admin.put(f"/api/catalogue/trainings/{path}", json=text)).status_code == 422
    assert (await admin.put("/api/catalogue/trainings/mail-50", json=text)).json()["code"] == "MAIL-50"
    assert len((await admin.get("/api/catalogue/trainings")).json()) == 1
    with pytest.raises(DBAPIError) as refused:
        await database.transact(lambda tx: tx.execute(sql("UPDATE trainings SET code = 'mail-5'")))
    assert constraint(refused.value) == "ck_trainings_code"


async def test_only_an_administrator_writes_trainings(site: Site) -> None:
    async with asking(site.application(), MEDIATOR) as mediator:
        assert (await publish(mediator, "1")).status_code == 403
        assert (await mediator.get("/gestion/formations")).status_code == 403
