"""Rule 25: how a person is reached, and what they want no more, is recorded here and stated."""

from uuid import UUID

from fastapi import FastAPI

from chassis.db import Database
from chassis.site import Site
from contracts.ids import BeneficiaryId
from contracts.notifications import ContactOptedOut
from tests.actors import PRESCRIBER, asking
from tests.prescription.conftest import PERSON, consume
from tests.prescription.steps import TYPED, change, page_of, published, registered, rows, scalar, sent, visiting


async def test_rule_25_prescription_is_the_record_of_what_is_not_wanted(
    site: Site, app: FastAPI, database: Database
) -> None:
    person = BeneficiaryId(UUID(await registered(app)))
    for _ in range(2):
        await consume(site, ContactOptedOut(beneficiary_id=person, channel="sms"))
    await consume(site, ContactOptedOut(beneficiary_id=person, channel="sms", kind="book_nearly_empty"))
    assert await rows(database, "SELECT opt_outs, quiet_kinds, version FROM beneficiaries") == [
        (["sms"], ["book_nearly_empty"], 2)
    ]
    assert (await published(database)).count("contact.stated.v1") == 2
    assert "elle a demandé l'arrêt" in await page_of(app, str(person))


async def test_rule_25_a_save_starts_no_channel_again_that_was_stopped(
    site: Site, app: FastAPI, database: Database
) -> None:
    person = await registered(app)
    stopped = "SELECT opt_outs FROM beneficiaries"
    await consume(site, ContactOptedOut(beneficiary_id=BeneficiaryId(UUID(person)), channel="sms"))
    address = f"/habitants/{person}/modifier"
    async with visiting(app) as browser, asking(app, PRESCRIBER) as client:
        await sent(browser, address, address, **TYPED)
        await client.put(f"/api/prescription/beneficiaries/{person}", json=PERSON)
        assert await scalar(database, stopped) == ["sms"]
        assert "La personne veut de nouveau recevoir des SMS" in (await browser.get(address)).text
        await sent(browser, address, address, **TYPED, start_again="true")
        assert await scalar(database, stopped) == []
        assert "La personne veut de nouveau" not in (await browser.get(address)).text
        await change(database, "UPDATE beneficiaries SET opt_outs = '{sms}'")
        await client.put(f"/api/prescription/beneficiaries/{person}", json={**PERSON, "start_again": True})
        assert await scalar(database, stopped) == []


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
