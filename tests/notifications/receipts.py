"""What providers tell us, as these tests say it."""

import hashlib
import hmac
import time
from typing import Any

from sqlalchemy import select

from chassis.site import Site
from contracts.ids import BeneficiaryId, uuid7
from services.notifications.model import Notice
from tests.notifications.conftest import consume, send_due
from tests.notifications.events import confirmed, scheduled, stated
from tests.outside import SECRET


def signed(body: bytes, secret: str = SECRET, at: int = 0) -> dict[str, str]:
    """As another program would sign: HMAC-SHA256 of the time, a dot and the body."""
    moment = str(int(time.time()) + at)
    digest = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {"X-Timestamp": moment, "X-Signature": digest, "Content-Type": "application/json"}


async def sent(site: Site, **contact: Any) -> Notice:
    """One confirmation that has left."""
    database, person, session = site.runtime.database, BeneficiaryId(uuid7()), scheduled()
    await consume(database, stated(person, **contact), session, confirmed(person, session))
    await send_due(site)
    async with database.reading() as reading:
        query = select(Notice).where(Notice.beneficiary_id == person, Notice.state == "sent")
        return (await reading.scalars(query)).one()


def report_for(to: str, action: str = "failed", status: str = "5.1.1") -> bytes:
    return (
        f"From: MAILER-DAEMON@exemple.invalid\r\nTo: <{to}>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.exemple.invalid\r\n\r\n"
        f"Final-Recipient: rfc822; a@exemple.invalid\r\nAction: {action}\r\nStatus: {status}\r\n\r\n--b--\r\n"
    ).encode()
