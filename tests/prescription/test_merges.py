"""Rule 5: a merge forgets nothing of either record, and a merge of a merge is one person still."""

from typing import Any
from uuid import UUID

from fastapi import FastAPI

from chassis.db import Database
from chassis.site import Site
from contracts.ids import BeneficiaryId
from contracts.notifications import ContactOptedOut
from tests.actors import PRESCRIBER, asking
from tests.prescription.conftest import consume
from tests.prescription.steps import (
    NO_PHONE,
    confirmed,
    erased,
    merge,
    prescribed,
    registered,
    rows,
    scalar,
    sent,
    use,
    visiting,
    wallet,
)

ERASED = "SELECT key FROM outbox WHERE headers->>'ce_type' = 'beneficiary.erased.v1'"


async def another(app: FastAPI, born: str, **change: Any) -> str:
    return await registered(app, **{**NO_PHONE, "birth_date": born, **change})


async def test_rule_5_a_record_merged_twice_is_found_and_erased_with_the_last_one(
    site: Site, app: FastAPI, database: Database
) -> None:
    first, second, last = await another(app, "1951-01-01"), await another(app, "1951-02-01"), await registered(app)
    assert (await merge(app, second, first)).status_code == 204
    assert (await merge(app, last, second)).status_code == 204
    async with asking(app, PRESCRIBER) as client:
        assert (await client.get(f"/api/prescription/beneficiaries/{first}")).json()["id"] == last
        await consume(site, confirmed(first))
        assert str(await scalar(database, "SELECT beneficiary_id FROM bookings")) == last
        await erased(app, last)
    assert {key for (key,) in await rows(database, ERASED)} == {first, second, last}
    await consume(site, confirmed(first))
    assert await scalar(database, "SELECT count(*) FROM bookings") == 0
    assert await scalar(database, "SELECT count(*) FROM merges") == 0


async def test_rule_5_a_merge_keeps_who_read_what_is_not_wanted_and_the_msa_flag(
    site: Site, app: FastAPI, database: Database
) -> None:
    survivor, merged = await registered(app), await another(app, "1951-02-03", audiences=["farmer"], msa=True)
    async with visiting(app) as browser:
        await browser.get(f"/habitants/{merged}")
    quiet = ContactOptedOut(beneficiary_id=BeneficiaryId(UUID(merged)), channel="sms", kind="book_nearly_empty")
    await consume(site, quiet)
    assert (await merge(app, survivor, merged)).status_code == 204
    assert await rows(database, "SELECT msa, quiet_kinds FROM beneficiaries") == [(True, ["book_nearly_empty"])]
    assert [str(whose) for (whose,) in await rows(database, "SELECT beneficiary_id FROM readings")] == [survivor]
    query = "SELECT convert_from(body, 'utf8')::jsonb FROM outbox WHERE headers->>'ce_type' = 'beneficiary.changed.v2'"
    state = await scalar(database, query)
    assert (state["beneficiary_id"], state["audiences"], state["msa"]) == (survivor, ["senior", "farmer"], True)


async def test_rule_5_a_merge_waits_until_booking_has_answered(site: Site, app: FastAPI, database: Database) -> None:
    """The answer comes under the id of the merged record: it would confirm nothing on the other one."""
    survivor, merged = await registered(app), await another(app, "1951-02-03")
    book = await prescribed(app, merged)
    async with visiting(app) as browser:
        fields = {"voucher_id": book["vouchers"][0]["id"], "kind": "voided", "reason": "lost"}
        await sent(browser, f"/habitants/{merged}", f"/chequiers/{book['id']}/corriger", **fields)
    refused = await merge(app, survivor, merged)
    assert (refused.status_code, "Réessayez dans un instant" in refused.json()["detail"]) == (409, True)
    thread = await scalar(database, "SELECT thread FROM changes")
    await consume(site, wallet(merged, 1, use(book["id"], available=4, void=1)), thread=thread)
    assert (await merge(app, survivor, merged)).status_code == 204
