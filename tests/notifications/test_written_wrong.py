"""What can't be written for a person fails for good, at once, and no log says whose address it was. Rules 23, 26."""

import pytest

from chassis.db import Database
from chassis.site import Site
from contracts.ids import BeneficiaryId, uuid7
from services.notifications.delivery import Dispatch
from services.notifications.delivery.mail import MailProvider
from services.notifications.model import Notice
from services.notifications.usecases.outgoing import Outcome
from tests.logs import logging_as
from tests.notifications.conftest import consume, settings_of
from tests.notifications.events import confirmed, scheduled, stated
from tests.notifications.stored import rows

ADDRESS = "zoé.dubœuf@exemple.fr"


async def sent_by_mail(site: Site, database: Database, dispatch: Dispatch) -> list[Notice]:
    person, session = BeneficiaryId(uuid7()), scheduled()
    by_mail = stated(person, channel="email", email=ADDRESS, phone=None, phone_kind=None)
    await consume(database, by_mail, session, confirmed(person, session))
    await dispatch.drain(site.runtime.database)
    await dispatch.close()
    return await rows(database)


async def test_rule_23_what_an_older_version_let_in_is_no_message_that_may_have_arrived(
    site: Site, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    with logging_as("notifications"):
        first, *next_ones = await sent_by_mail(site, database, Dispatch.of(settings_of(site)))
    assert (first.channel, first.state) == ("email", "failed")
    assert [notice.state for notice in next_ones] == ["by_hand"], "a person calls, or a letter leaves"
    written = capsys.readouterr().out
    assert ADDRESS not in written
    assert "dub" not in written


@pytest.mark.parametrize(("fault", "state"), [(ValueError(ADDRESS), "failed"), (RuntimeError(ADDRESS), "sending")])
async def test_rule_23_a_fault_of_the_sender_is_an_answer(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], fault: Exception, state: str
) -> None:
    """Only what may have left is asked about."""

    async def failing(*_: object) -> Outcome:
        raise fault

    monkeypatch.setattr(MailProvider, "send", failing)
    with logging_as("notifications"):
        first, *_ = await sent_by_mail(site, site.runtime.database, Dispatch.of(settings_of(site)))
    written = capsys.readouterr().out
    assert first.state == state
    assert "the sender failed" in written
    assert ADDRESS not in written
