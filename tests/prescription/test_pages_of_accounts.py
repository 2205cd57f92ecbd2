"""The administrator's pages of accounts: a list that is filtered, an invitation, a change, an end."""

from html import unescape

import pytest
from fastapi import FastAPI

from chassis.db import Database
from services.prescription import usecases
from tests.actors import ADMINISTRATOR, PRESCRIBER
from tests.prescription.steps import rows, scalar, sent, visiting
from tests.prescription.test_accounts import CREST, DIE, EMAIL, active, invited

NEW = {"name": "Démo Nadia", "email": EMAIL, "roles": ["prescriber"], "centre_ids": [str(CREST)]}


async def test_an_administrator_invites_and_the_page_says_so(app: FastAPI, database: Database) -> None:
    async with visiting(app, ADMINISTRATOR) as browser:
        page = await sent(browser, "/comptes/nouveau", "/comptes", **NEW)
        assert "invitation part par e-mail" in unescape(page.text)
        account_id = await scalar(database, "SELECT id FROM accounts")
        assert str(page.url).endswith(f"/comptes/{account_id}")
        assert [word in unescape(page.text) for word in ("invité", "jamais", EMAIL)] == [True] * 3
        await sent(browser, f"/comptes/{account_id}", f"/comptes/{account_id}/inviter")
    assert await scalar(database, "SELECT invitations FROM accounts") == 2
    assert await rows(database, "SELECT act, subject_id, facts FROM journal WHERE subject = 'account' ORDER BY id") == [
        ("account_invited", str(account_id), {}),
        ("invited_again", str(account_id), {}),
    ]


@pytest.mark.parametrize(
    ("change", "status", "sentence"),
    [
        ({"email": "nadia"}, 422, "un seul @"),
        ({"centre_ids": []}, 422, "au moins un centre"),
        ({"name": ""}, 422, "à remplir"),
        ({"roles": [], "centre_ids": []}, 409, "au moins une fonction"),
        ({"email": "autre@exemple.invalid"}, 409, "déjà cette adresse"),
    ],
)
async def test_a_refused_form_comes_back_as_it_was_typed(
    app: FastAPI, database: Database, change: dict[str, object], status: int, sentence: str
) -> None:
    await invited(database, "autre@exemple.invalid")
    async with visiting(app, ADMINISTRATOR) as browser:
        page = await sent(browser, "/comptes/nouveau", "/comptes", **(NEW | {"name": "Démo Tapée"} | change))
    text = unescape(page.text)
    assert (page.status_code, sentence in text) == (status, True)
    assert ("Démo Tapée" in text) is ("name" not in change)
    assert (f'value="{change.get("email", EMAIL)}"') in text
    assert await scalar(database, "SELECT count(*) FROM accounts") == 1


async def test_the_list_is_filtered_by_role_state_centre_and_who_never_came(app: FastAPI, database: Database) -> None:
    await active(database, "a@exemple.invalid", name="Démo Aline")
    await invited(database, "b@exemple.invalid", "prescriber", name="Démo Basile", centres=(DIE,))
    gone = await invited(database, "c@exemple.invalid", "prescriber", name="Démo Claude", centres=(CREST,))
    await database.transact(lambda tx: usecases.close_account(tx, gone.id))
    names = ("Aline", "Basile", "Claude")
    async with visiting(app, ADMINISTRATOR) as browser:
        for query, expected in {
            "": (True, True, False),
            "fonction=prescriber": (False, True, False),
            "etat=closed": (False, False, True),
            "etat=&fonction=&centre=": (True, True, False),
            f"centre={DIE}": (False, True, False),
            "etat=active": (True, False, False),
            "jamais=true": (True, True, False),
        }.items():
            text = (await browser.get(f"/comptes?{query}")).text
            assert tuple(name in text for name in names) == expected, query
        assert (await browser.get("/comptes?etat=jamais")).status_code == 422


async def test_an_account_is_changed_suspended_put_back_and_closed(app: FastAPI, database: Database) -> None:
    await active(database, "autre@exemple.invalid")
    known = await active(database)
    here = f"/comptes/{known.id}"
    async with visiting(app, ADMINISTRATOR) as browser:
        await sent(browser, here, here, **NEW)
        assert await scalar(database, f"SELECT roles FROM accounts WHERE id = '{known.id}'") == ["prescriber"]  # noqa: S608 - our own
        for act, word in (("suspendre", "suspendu"), ("remettre", "en service"), ("fermer", "fermé")):
            page = await sent(browser, here, f"{here}/{act}")
            assert word in unescape(page.text)
        assert "Fermer le compte" not in (await browser.get(here)).text


async def test_the_last_administrator_stays_and_the_page_says_why(app: FastAPI, database: Database) -> None:
    known = await active(database)
    here = f"/comptes/{known.id}"
    async with visiting(app, ADMINISTRATOR) as browser:
        for path, values in ((here, NEW), (f"{here}/suspendre", {}), (f"{here}/fermer", {})):
            page = await sent(browser, here, path, **values)
            assert (page.status_code, "dernier compte d'administrateur" in unescape(page.text)) == (409, True)


async def test_who_is_no_administrator_sees_no_account(app: FastAPI) -> None:
    async with visiting(app, PRESCRIBER) as browser:
        for path in ("/comptes", "/comptes/nouveau"):
            assert (await browser.get(path)).status_code == 403


async def test_a_prescriber_is_named_with_their_address(app: FastAPI, database: Database) -> None:
    async with visiting(app, ADMINISTRATOR) as browser:
        named = {"name": "Démo Nadia", "centre_id": str(CREST), "email": EMAIL}
        await sent(browser, "/centres", "/prescripteurs", **named)
        prescriber_id = await scalar(database, "SELECT prescriber_id FROM accounts")
        page = await browser.get(f"/prescripteurs/{prescriber_id}")
        assert (EMAIL in page.text, "Son compte" in page.text) == (True, True)
        await sent(browser, "/centres", f"/prescripteurs/{prescriber_id}", **(named | {"email": "n@exemple.invalid"}))
    assert await rows(database, "SELECT email, invitations FROM accounts") == [("n@exemple.invalid", 1)]
