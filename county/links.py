"""The short signed code in a resident's link: two services make the same one without asking each other.

Notifications writes it into a message, booking keeps who it is for and until when. Sixty bits of an HMAC, so it can't
be guessed; twelve characters without look-alikes, so it can be typed from a letter.
"""

import hmac
import re
from uuid import UUID

from itsdangerous import URLSafeSerializer

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford: no i, l, o, u
LENGTH = 12
BITS = 5
MISREAD = str.maketrans("ilo", "110")


def code_for(secret: str, about: UUID) -> str:
    """Return the code of a booking's or an offer's link."""
    digest = hmac.digest(secret.encode(), b"resident link" + about.bytes, "sha256")
    number = int.from_bytes(digest[-8:])
    return "".join(ALPHABET[number >> BITS * place & 31] for place in range(LENGTH))


def stop_token(secret: str, person: UUID, channel: str, kind: str = "") -> str:
    """Sign the address of the page where a person stops messages by a channel, or of one kind.

    It never ends to be valid.
    """
    return str(_stop_signer(secret).dumps([person.hex, channel, kind]))


def read_stop_token(secret: str, token: str) -> tuple[UUID, str, str]:
    """Raises itsdangerous.BadData."""
    person, channel, kind = _stop_signer(secret).loads(token)
    return UUID(person), channel, kind


def _stop_signer(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt="pass-numerique.stop")


def as_typed(text: str) -> str:
    """Forgive capitals, spaces and look-alikes."""
    return re.sub(r"[^0-9a-z]", "", text.lower()).translate(MISREAD)
