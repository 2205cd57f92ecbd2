"""Rule 2: a further book waits until the last one is used up, as fresh news of booking says."""

from datetime import timedelta

import pytest
from fastapi import FastAPI

from chassis.db import Database
from chassis.site import Site
from tests.prescription.conftest import consume, news
from tests.prescription.steps import post, prescribed, registered, scalar, use, used_up, visiting, wallet


@pytest.mark.parametrize(("available", "sentence"), [(1, "encore 1 chèque à"), (2, "encore 2 chèques à")])
async def test_rule_2_a_second_book_waits_until_the_first_is_used_up(
    site: Site, app: FastAPI, available: int, sentence: str
) -> None:
    person = await registered(app)
    book = (await prescribed(app, person))["id"]
    await consume(site, wallet(person, 1, use(book, available=available, held=5 - available)))
    refused = await post(app, f"/api/prescription/beneficiaries/{person}/books", {"need": "farm"})
    assert (refused.status_code, sentence in refused.json()["detail"]) == (409, True)


async def test_rule_2_used_up_is_all_booked_or_followed(site: Site, app: FastAPI) -> None:
    person = await registered(app)
    book = (await prescribed(app, person))["id"]
    await consume(site, wallet(person, 1, use(book, held=2, consumed=3)))
    assert (await prescribed(app, person))["rank"] == 2


@pytest.mark.parametrize(
    ("age", "sentence"), [(None, "aucune nouvelle"), (timedelta(minutes=3), "dernières nouvelles de la réservation à")]
)
async def test_rule_2_when_the_news_is_old_the_answer_is_a_refusal_that_says_so(
    site: Site, app: FastAPI, age: timedelta | None, sentence: str
) -> None:
    person = await registered(app)
    await used_up(site, app, person, 1)
    news(site, age)
    refused = await post(app, f"/api/prescription/beneficiaries/{person}/books", {"need": "farm"})
    assert refused.json()["type"].endswith("use-not-confirmed")
    assert sentence in refused.json()["detail"]
    async with visiting(app) as browser:
        page = (await browser.get(f"/habitants/{person}")).text
        assert sentence in page
        assert "Prescrire 5 heures" not in page


async def test_rule_2_the_first_book_needs_no_news(site: Site, app: FastAPI) -> None:
    news(site, None)
    assert (await prescribed(app, await registered(app)))["rank"] == 1


async def test_rule_2_an_older_telling_changes_nothing(site: Site, app: FastAPI, database: Database) -> None:
    person = await registered(app)
    book = (await prescribed(app, person))["id"]
    await consume(site, wallet(person, 2, use(book, available=5)), wallet(person, 1, use(book, consumed=5)))
    assert await scalar(database, "SELECT available FROM books") == 5
