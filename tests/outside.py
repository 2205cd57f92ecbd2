"""The world outside, for tests: a real HTTP gateway and a real SMTP server in a process of their own."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from deploy.local.servers import ROOT, free_ports
from deploy.local.system import HTTP
from tests.forks import Forking
from tests.waiting import PATIENCE, until

KINDS = ("ovh", "brevo", "gateway")
TOKEN, SECRET = "token-of-tests", "secret-of-tests"
HOLDS = 10 * PATIENCE  # seconds: for ever


@dataclass(frozen=True)
class Outside:
    http_port: int
    smtp_port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    def messages(self, to: str) -> list[dict[str, Any]]:
        return [message for message in self.all_messages() if message["to"] == to]

    def all_messages(self) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = HTTP.get(f"{self.url}/messages.json", timeout=PATIENCE).json()
        return messages

    def mails(self, to: str) -> list[dict[str, Any]]:
        mails = HTTP.get(f"{self.url}/courriels.json", timeout=PATIENCE).json()
        return [mail for mail in mails if mail["to"] == to]

    def accounts(self, *kinds: str, **more: Any) -> list[dict[str, Any]]:
        """Of the providers that it plays, the preferred first."""
        urls = {"gateway": self.url, "ovh": f"{self.url}/ovh/1.0", "brevo": f"{self.url}/brevo/v3"}
        tokens = {"gateway": TOKEN}
        ours = {"user": "demo-application", "account": "sms-dm00001-1", "consumer": SECRET, "secret": SECRET}
        return [
            {"name": kind, "kind": kind, "url": urls[kind], "token": tokens.get(kind, SECRET), **ours, **more}
            for kind in kinds
        ]

    def fault(self, provider: str, fault: str) -> None:
        """What it holds back it holds until `let_go`: two timers would race."""
        asked = {"provider": provider, "fault": fault, "seconds": HOLDS}
        HTTP.post(f"{self.url}/faults", json=asked, timeout=PATIENCE).raise_for_status()

    async def holds(self, provider: str, requests: int = 1) -> None:
        """Wait until it holds back that many."""

        async def held() -> bool:
            async with httpx.AsyncClient(timeout=PATIENCE) as client:
                answer = await client.get(f"{self.url}/faults/held")
            return bool(answer.json().get(provider, 0) == requests)

        await until(held, f"{provider} holds back {requests}")

    def let_go(self, provider: str) -> None:
        """Of all that it holds back."""
        HTTP.post(f"{self.url}/faults/over", json={"provider": provider}, timeout=PATIENCE).raise_for_status()

    def mended(self) -> None:
        """All providers well again."""
        for kind in KINDS:
            self.fault(kind, "none")
            self.let_go(kind)

    def settings(self) -> dict[str, Any]:
        return {
            "sms": self.accounts("gateway"),
            "mail_secret": SECRET,
            "smtp_host": "127.0.0.1",
            "smtp_port": self.smtp_port,
        }


@contextmanager
def opened(folder: Path, receipts_url: str) -> Iterator[Outside]:
    http_port, smtp_port = free_ports(2)
    children = Forking()
    command = [sys.executable, "-m", "deploy.local.outside", str(http_port), str(smtp_port), receipts_url]
    env = {"OUTSIDE_TOKEN": TOKEN, "OUTSIDE_SECRET": SECRET, "PYTHONPATH": str(ROOT)}
    try:
        child = children.start("outside", command, folder / "outside.log", env=env)
        child.wait_for("Uvicorn running", within=PATIENCE)
        yield Outside(http_port, smtp_port)
    finally:
        children.close()
