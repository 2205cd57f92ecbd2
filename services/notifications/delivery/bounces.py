"""E-mails that come back: the address of return names the notice and is signed; the report is read (RFC 3464)."""

import email
import email.policy
import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from uuid import UUID

from contracts.ids import NoticeId

SIGNED = 10  # hexadecimal characters
STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")  # anybody may write a report: nothing else of it is stored
TAGGED = re.compile(rf"retour\+([0-9a-f]{{32}})([0-9a-f]{{{SIGNED}}})@", re.IGNORECASE)


@dataclass(frozen=True)
class Bounce:
    """`final`: it will not be tried again by the mail servers."""

    notice_id: NoticeId
    final: bool
    reason: str


def return_path(notice: UUID, domain: str, secret: str) -> str:
    return f"retour+{notice.hex}{_signature(notice, secret)}@{domain}"


def bounced(raw: bytes, secret: str) -> Bounce | None:
    """Read a report; None when it is about none of our messages, or its address is not one that we signed."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    notice = _tagged(" ".join(str(message.get(name, "")) for name in ("To", "Delivered-To", "X-Original-To")), secret)
    if notice is None:
        return None
    for fields in _statuses(message):
        action, status = fields.get("Action", "").strip().lower(), STATUS.match(fields.get("Status", "").strip())
        if status or action:
            return Bounce(notice, action == "failed", f"l'e-mail est revenu ({status[0] if status else 'sans code'})")
    return None


def _tagged(addresses: str, secret: str) -> NoticeId | None:
    tagged = TAGGED.search(addresses)
    if not tagged:
        return None
    notice = UUID(tagged[1])
    return NoticeId(notice) if hmac.compare_digest(tagged[2].lower(), _signature(notice, secret)) else None


def _statuses(message: Message) -> Iterator[Message]:
    """The groups of fields of a delivery report, the recipient's after the message's."""
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            yield from (group for group in part.get_payload() if isinstance(group, Message))


def _signature(notice: UUID, secret: str) -> str:
    return hmac.digest(secret.encode(), b"return path" + notice.bytes, hashlib.sha256).hex()[:SIGNED]
