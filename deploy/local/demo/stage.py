"""What the story is played with: who asks which service, the clock, the telephone, the letter box."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import uuid4

import httpx
from rich.console import Console

from chassis import clock
from chassis.web import Principal
from deploy.local.demo.bus import SEEN_WITHIN, Listener, NotObserved, Seen
from deploy.local.demo.people import personas
from deploy.local.system import HTTP, System

T = TypeVar("T")


@dataclass(frozen=True)
class Step:
    """One sentence of the story, and what was observed of it."""

    sentence: str
    seen: tuple[Seen, ...] = ()
    texts: tuple[str, ...] = ()


@dataclass
class Stage:
    system: System
    bus: Listener
    console: Console
    steps: list[Step] = field(default_factory=list)
    who: dict[str, Principal] = field(default_factory=personas)

    def tell(self, sentence: str, *seen: Seen, texts: tuple[str, ...] = ()) -> None:
        """Said only after it was observed."""
        self.steps.append(Step(sentence, seen, texts))
        self.console.print(f"[green]✓[/green] {sentence}", highlight=False)

    def ask(self, who: str, method: str, service: str, path: str, **what: Any) -> httpx.Response:  # noqa: ANN401 - httpx's
        headers = {
            "Authorization": f"Bearer {self.system.token_for(self.who[who])}",
            "Idempotency-Key": str(uuid4()),
            **what.pop("headers", {}),
        }
        url = f"{self.system.urls[service]}/api/{service}{path}"
        return HTTP.request(method, url, headers=headers, timeout=15, **what)

    def done(self, who: str, method: str, service: str, path: str, **what: Any) -> Any:  # noqa: ANN401 - JSON
        """The answer as JSON. Raises NotObserved with the service's sentence when it refuses."""
        answer = self.ask(who, method, service, path, **what)
        if not answer.is_success:
            raise NotObserved(f"{method} {path} : {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None

    def erase(self, person: str) -> str:
        """At once, by the administrator. The number of the request."""
        self.done("anne", "POST", "prescription", f"/beneficiaries/{person}/openings", json={"reason": "une urgence"})
        urgent = f"/beneficiaries/{person}/erasure/now"
        return str(self.done("anne", "POST", "prescription", urgent, json={"reason": "danger"})["number"])

    def until(self, what: str, look: Callable[[], T | None]) -> T:
        """Look until there is an answer. Raises NotObserved."""
        deadline = time.monotonic() + SEEN_WITHIN
        while time.monotonic() < deadline:
            if seen := look():
                return seen
            time.sleep(0.05)
        raise NotObserved(what)

    def sms(self, to: str, containing: str) -> str:
        """The text on the person's telephone."""
        return self.until(f"SMS «{containing}»", lambda: self._outside("messages", to, "text", containing))

    def mail(self, to: str, containing: str) -> str:
        """The subject of the e-mail in the person's box."""
        return self.until(f"e-mail «{containing}»", lambda: self._outside("courriels", to, "subject", containing))

    def by_hand(self, person: str, kind: str, channel: str) -> str:
        """Why it is on the list of calls, or of letters to post, of the person's centre: once it has heard of them."""

        def look() -> str | None:
            notices = self.ask("nadia", "GET", "notifications", f"/notices?beneficiary_id={person}")
            wanted = (kind, channel, "by_hand")
            answered = notices.json() if notices.is_success else []
            matching = [notice for notice in answered if (notice["kind"], notice["channel"], notice["state"]) == wanted]
            return str(matching[0]["reason"]) if matching else None

        return self.until(f"«{kind}» par {channel}", look)

    def _outside(self, what: str, to: str, field_name: str, containing: str) -> str | None:
        messages = HTTP.get(f"{self.system.urls['outside']}/{what}.json", timeout=5).json()
        texts = [
            str(message[field_name])
            for message in messages
            if message["to"] == to and containing in message[field_name]
        ]
        return texts[-1] if texts else None

    def now(self) -> datetime:
        """The demonstration's time."""
        return datetime.fromtimestamp(time.time() + float(self.system.clock_file.read_text()), UTC)

    def move_clock(self, to: datetime) -> None:
        clock.move(self.system.clock_file, to)
