"""Whether the secrets that must be the same in several services are: each shows digests of its own, and compares.

A differing one breaks nothing that a service sees by itself: sign-ins end at its door, residents' links are refused.
Why over HTTP, and why a digest may be shown: docs/decisions/0071.
"""

import asyncio
import hmac
from collections.abc import Mapping
from contextlib import suppress

import aiohttp
from pydantic import SecretStr

from chassis import telemetry
from chassis.settings import ServiceSettings

SHARED = ("link_secret",)
LOOK_EVERY = 10.0  # seconds
ANSWERS_WITHIN = aiohttp.ClientTimeout(total=2)  # seconds
SHOWN = 8  # hexadecimal digits: enough to differ, too few to be of use

Digests = Mapping[str, str]  # by the name of the environment variable


def own(settings: ServiceSettings) -> Digests:
    """Digest the shared secrets that this service has."""
    secrets = {f"PASS_{name.upper()}": getattr(settings, name, None) for name in SHARED}
    digests = {name: digest(name, secret) for name, secret in secrets.items() if secret}
    return {"PASS_SESSION_KEYS": digest("session_keys", SecretStr(str(settings.session_keys[:1]))), **digests}


def digest(name: str, secret: SecretStr) -> str:
    purpose = b"pass-numerique.digest." + name.encode()
    return hmac.digest(secret.get_secret_value().encode(), purpose, "sha256").hex()[:SHOWN]


class Agreement:
    """With the neighbours that answer; of those that do not, nothing is known and nothing is said."""

    def __init__(self, mine: Digests, neighbours: Mapping[str, str]) -> None:
        self.mine, self.neighbours = mine, neighbours

    async def look(self) -> str:
        async with aiohttp.ClientSession(timeout=ANSWERS_WITHIN) as client:
            answers = await asyncio.gather(*(shown(client, url) for url in self.neighbours.values()))
        others = dict(zip(self.neighbours, answers, strict=True))
        return " ; ".join(
            f"{name} n'est pas la même que dans le service {title}"
            for title, digests in others.items()
            for name in sorted(self.mine.keys() & digests.keys())
            if not self._agrees(name, title, digests[name])
        )

    def _agrees(self, name: str, title: str, theirs: str) -> bool:
        agrees = self.mine[name] == theirs
        telemetry.secret_agrees.labels(name, title).set(agrees)
        return agrees


async def shown(client: aiohttp.ClientSession, url: str) -> Digests:
    """Return what a neighbour shows; nothing when it does not answer, or not as we do."""
    with suppress(aiohttp.ClientError, TimeoutError, ValueError):
        async with client.get(f"{url.rstrip('/')}/statusz") as answer:
            answered = await answer.json()
            if isinstance(answered, dict) and isinstance(answered.get("secrets"), dict):
                return {str(name): str(value) for name, value in answered["secrets"].items()}
    return {}
