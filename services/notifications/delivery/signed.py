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
    """Sign time and body: HMAC-SHA256, in hexadecimal."""
    return hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()


def check_signature(secrets: Sequence[str], at: str, given: str, body: bytes) -> None:
    """Check it under each secret. Raises NotSigned, also for what was signed too long ago: a replay."""
    fresh = DIGITS.fullmatch(at) is not None and abs(time.time() - int(at)) <= FRESH
    right = [hmac.compare_digest(given.encode(), signature(secret, at, body).encode()) for secret in secrets if secret]
    if not (fresh and any(right)):
        raise NotSigned


def check_secret(secret: str, given: str) -> None:
    """Check a secret in the address or in a header, of providers that sign nothing. Raises NotSigned."""
    if not (secret and hmac.compare_digest(given.encode(), secret.encode())):
        raise NotSigned
