"""Webhooks are believed when they are signed, and fresh: each provider has its own scheme."""

import hashlib
import hmac
import re
import time
from collections.abc import Sequence
from types import MappingProxyType

from chassis.refusal import NotAllowed

FRESH = 300  # seconds
DIGITS = re.compile(r"[0-9]{1,12}")  # `str.isdigit` takes «²» and the digits of every script for some


class NotSigned(NotAllowed):
    status = 401
    headers = MappingProxyType({"WWW-Authenticate": 'Signature realm="pass-numerique"'})

    def __init__(self) -> None:
        super().__init__("La signature de cet accusé de réception n'est pas valable, ou elle est trop ancienne.")


def signature(secret: str, at: str, body: bytes) -> str:
    """HMAC-SHA256 of the time and the body, in hexadecimal."""
    return hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()


def check_signature(secrets: Sequence[str], at: str, given: str, body: bytes) -> None:
    """Under one of the secrets. Raises NotSigned, also for what was signed too long ago: a replay."""
    fresh = DIGITS.fullmatch(at) is not None and abs(time.time() - int(at)) <= FRESH
    right = [hmac.compare_digest(given.encode(), signature(one, at, body).encode()) for one in secrets if one]
    if not (fresh and any(right)):
        raise NotSigned


def check_secret(secret: str, given: str) -> None:
    """For providers that sign nothing: a secret in the address or in a header. Raises NotSigned."""
    if not (secret and hmac.compare_digest(given.encode(), secret.encode())):
        raise NotSigned
