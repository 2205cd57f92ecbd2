"""What a job can't do for one book or one person, it does for all others."""

import pytest
from fastapi import FastAPI

from chassis.db import Database
from chassis.site import Site
from tests.jobs import change, count, do, poisoned
from tests.prescription.steps import NO_PHONE, prescribed, registered

JOBS = {
    "end books": (
        "UPDATE books SET expires_on = current_date - 2",
        "books",
        "SELECT count(*) FROM books WHERE state = 'expired'",
    ),
    "forget the long gone": (
        "UPDATE beneficiaries SET registered_at = now() - interval '3 years'",
        "beneficiaries",
        "SELECT 4 - count(*) FROM beneficiaries",
    ),
    "refold names": (
        "UPDATE beneficiaries SET plain_name = 'x' || plain_name",
        "beneficiaries",
        "SELECT count(*) FROM beneficiaries WHERE plain_name NOT LIKE 'x%'",
    ),
}


@pytest.mark.parametrize("name", JOBS)
async def test_core_16_one_that_fails_holds_up_none_of_the_others(
    site: Site, app: FastAPI, database: Database, name: str
) -> None:
    prepare, table, done = JOBS[name]
    for number in range(1, 5):
        person = await registered(app, **NO_PHONE, birth_date=f"19{number + 4}1-0{number}-01")
        if table == "books":
            await prescribed(app, person)
    await change(database, prepare)
    async with poisoned(database, table):
        with pytest.raises(ExceptionGroup) as failed:
            await do(site, name)
        assert await count(database, done) == 3
    assert len(failed.value.exceptions) == 1
    await do(site, name)
    assert await count(database, done) == 4
