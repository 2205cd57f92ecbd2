"""A mediator's buttons: to book one person or several, to wait, to cancel, to give an hour back."""

from datetime import UTC, datetime, timedelta

from fastapi import FastAPI

from chassis.site import Site
from contracts.ids import BeneficiaryId, MediatorId, SessionId, uuid7
from services.booking import queries, usecases
from tests.actors import OTHER_MEDIATOR
from tests.booking.answers import use
from tests.booking.browsing import press, text_of, visiting
from tests.booking.conftest import book, cancel, deliver, mark, new_people, new_session, wait
from tests.booking.events import TOMORROW, colleague, named, scheduled


async def test_rule_18_a_full_session_is_waited_for_and_the_offer_answered_after_a_call(
    site: Site, app: FastAPI, in_care: list[BeneficiaryId]
) -> None:
    database = site.runtime.database
    session = await new_session(database, capacity=1, starts=TOMORROW + timedelta(days=1))
    taken = await book(database, session, in_care[1])
    here = f"/dossiers/{in_care[0]}"
    async with visiting(app) as browser:
        waiting = await press(browser, await browser.get(here), "Mettre en liste d'attente")
        assert "Arrivée n° 1 dans la liste" in waiting.text
        left = await press(browser, waiting, "Quitter la liste d'attente")
        assert "n'est plus en liste d'attente" in text_of(left)
        await wait(database, session, in_care[0])
        await cancel(database, taken)
        offered = await browser.get(here)
        assert "place proposée" in offered.text
        assert "La place est réservée." in (await press(browser, offered, "Elle prend la place")).text
    assert await use(database, in_care[0]) == (4, 1, 0)


async def test_rule_16_the_button_says_when_it_will_count_as_an_absence(
    site: Site, app: FastAPI, in_care: list[BeneficiaryId]
) -> None:
    database = site.runtime.database
    soon = datetime.now(UTC) + timedelta(hours=3)
    await book(database, await new_session(database, starts=soon), in_care[0])
    await book(database, await new_session(database), in_care[0])
    here = f"/dossiers/{in_care[0]}"
    async with visiting(app) as browser:
        file = await browser.get(here)
        assert "Annuler cette réservation" in file.text
        late = await press(browser, file, "Annuler quand même (compte comme une absence)")
        assert "Elle compte comme une absence." in late.text
        refused = await press(browser, file, "Annuler cette réservation", reason="elle a la grippe")
        assert refused.status_code == 422
        assert "annulée" in (await press(browser, file, "Annuler cette réservation")).text
    async with database.reading() as reading:
        assert (await queries.wallet(reading, in_care[0])).late_cancellations == 1


async def test_rule_17_a_late_cancellation_is_overruled_from_the_file_and_by_the_persons_own_mediator(
    site: Site, app: FastAPI, in_care: list[BeneficiaryId]
) -> None:
    database, elsewhere = site.runtime.database, scheduled().model_copy(update={"mediator_id": MediatorId(uuid7())})
    missed, late = elsewhere, elsewhere.model_copy(update={"session_id": SessionId(uuid7())})
    await deliver(database, missed, late)
    await mark(database, await book(database, missed.session_id, in_care[0]), attended=False)
    await cancel(database, await book(database, late.session_id, in_care[0]), before=timedelta(hours=1))
    async with visiting(app) as browser:
        file = await browser.get(f"/dossiers/{in_care[0]}")
        assert "annulée trop tard, le chèque est utilisé Rendre l'heure" in text_of(file)
        async with visiting(app, OTHER_MEDIATOR) as other:
            refused = await press(other, file, "Rendre l'heure", reason="la personne avait prévenu")
            assert refused.status_code == 403
        given = await press(browser, file, "Rendre l'heure", reason="la personne avait prévenu")
    assert given.url.path == f"/dossiers/{in_care[0]}"
    assert "Les chèques sont rendus." in given.text
    assert "Rendre l'heure" not in given.text
    assert await use(database, in_care[0]) == (5, 0, 0)


async def test_rule_20_several_people_are_booked_at_once_each_told_and_none_twice(
    site: Site, app: FastAPI, in_care: list[BeneficiaryId]
) -> None:
    database = site.runtime.database
    session = await new_session(database, capacity=2)
    await book(database, await new_session(database), in_care[2])  # at the same time
    async with visiting(app) as browser:
        form = await browser.get(f"/emargement/{session}/inscrire")
        everyone = [str(person) for person in in_care]
        for _ in range(2):  # a page that is loaded again asks for the same once more
            done = text_of(await press(browser, form, "Inscrire les personnes cochées", beneficiary_id=everyone))
            assert "Démo Jeanne D. : inscrite." in done
            assert "Démo Odile D. : inscrite." in done
            assert "Démo Marcel D. : pas inscrite. Cette personne a déjà une séance à ce moment-là." in done
        assert "Personne n'était coché" in text_of(await press(browser, form, "Inscrire les personnes"))
    assert [await use(database, person) for person in in_care] == [(4, 1, 0)] * 3


async def test_rule_19_nobody_books_the_people_of_another_mediator(
    site: Site, app: FastAPI, in_care: list[BeneficiaryId]
) -> None:
    session = await new_session(site.runtime.database)
    async with visiting(app, OTHER_MEDIATOR) as browser:
        form = await browser.get(f"/emargement/{session}/inscrire")
        assert "Personne parmi vos dossiers" in form.text
    async with visiting(app) as browser, visiting(app, OTHER_MEDIATOR) as other:
        mine = await browser.get(f"/emargement/{session}/inscrire")
        assert "Démo Jeanne D." in mine.text
        assert (await press(other, mine, "Inscrire", beneficiary_id=[str(in_care[0])])).status_code == 403


async def test_walls_06_who_is_nobody_of_mine_is_not_named_when_asked_to_be_booked(
    site: Site, app: FastAPI, in_care: list[BeneficiaryId]
) -> None:
    """One whom nobody follows yet, one whom a colleague follows, one who is not there: the same is said of each."""
    database = site.runtime.database
    session, strangers = await new_session(database), await new_people(database, 2)
    await deliver(database, *[named(stranger, "Démo Étrangère") for stranger in strangers], *colleague())
    other = OTHER_MEDIATOR.mediator_id
    assert other
    await database.transact(lambda tx: usecases.accept_file(tx, strangers[1], by=other))
    async with visiting(app) as browser:
        form = await browser.get(f"/emargement/{session}/inscrire")
        asked = [str(person) for person in (in_care[0], *strangers, uuid7())]
        done = text_of(await press(browser, form, "Inscrire les personnes cochées", beneficiary_id=asked))
    assert "Démo Jeanne D. : inscrite." in done
    assert "Étrangère" not in done
    assert done.count("Personne que vous ne suivez pas : pas inscrite.") == 3
