"""Who signs out, or is suspended, is out in all four services, through the one address they all have."""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import httpx

from chassis.clock import Clock
from chassis.web import Principal
from chassis.web.principal import LOCAL_COOKIE
from chassis.web.tokens import Signer, begun
from deploy.local.demo.stage import Stage
from deploy.local.system import System
from tests.waiting import until_now

OF_EACH = ("/guichet", "/seances", "/booking/etat", "/appels")
"""One page of each service, that an administrator sees."""
OPEN, SHUT = [200, 200, 200, 200], [303, 303, 303, 303]


@contextmanager
def signed_in(system: System, subject: str) -> Iterator[httpx.Client]:
    """A browser with the cookie that prescription would have given it."""
    who = Principal(subject=subject, name="Démo Agathe", roles=frozenset({"administrator"}))
    key = json.dumps(system.session_key.as_dict(private=True))
    cookie = Signer(key).sign(begun(who, Clock(system.clock_file).now()), "pages")
    with httpx.Client(base_url=system.url, cookies={LOCAL_COOKIE: cookie}, timeout=15) as browser:
        yield browser


def answers(browser: httpx.Client, paths: tuple[str, ...] = OF_EACH) -> list[int]:
    return [browser.get(path).status_code for path in paths]


def test_who_signs_out_is_out_everywhere_and_another_browser_of_theirs_is_not(system: System) -> None:
    with signed_in(system, "demo-agathe") as browser, signed_in(system, "demo-agathe") as other:
        cookies = dict(browser.cookies)
        assert answers(browser) == OPEN
        assert browser.post("/deconnexion", headers={"Origin": system.url}).status_code == 303
        with httpx.Client(base_url=system.url, cookies=cookies, timeout=15) as thief:
            until_now(lambda: answers(thief) == SHUT, "whoever has the cookie is out too")
        assert answers(other) == OPEN


def test_a_form_of_another_site_signs_nobody_out(system: System) -> None:
    with signed_in(system, "demo-agathe") as browser:
        for headers in ({}, {"Origin": "https://autre.example"}, {"Sec-Fetch-Site": "cross-site"}):
            assert browser.post("/deconnexion", headers=headers).status_code == 403
        assert answers(browser) == OPEN


def test_who_is_suspended_is_out_everywhere_also_with_prescription_stopped_right_after(
    system: System, stage: Stage
) -> None:
    account = invited(system, stage)
    with signed_in(system, account) as browser:
        assert answers(browser) == OPEN
        assert asked(system, stage, f"/comptes/{account}/suspendre").status_code == 303
        stage.bus.wait_for("account.changed", account, '"state":"suspended"')
        prescription = system.servers.children.running["prescription"]
        prescription.send(signal.SIGSTOP)
        try:
            until_now(lambda: answers(browser, OF_EACH[1:]) == SHUT[1:], "the others shut their doors")
        finally:
            prescription.send(signal.SIGCONT)
        until_now(lambda: answers(browser) == SHUT, "and prescription its own")
    system.wait_until_ready()


def invited(system: System, stage: Stage) -> str:
    """The id of a new account."""
    answer = asked(
        system, stage, "/comptes", name="Démo Agathe", email=f"{uuid4().hex}@exemple.invalid", roles="administrator"
    )
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].rpartition("/")[2]


def asked(system: System, stage: Stage, path: str, **form: str) -> httpx.Response:
    """By the administrator of the demonstration."""
    headers = {"Authorization": f"Bearer {system.token_for(stage.who['anne'])}", "Idempotency-Key": str(uuid4())}
    return httpx.post(system.url + path, headers=headers, data=form, timeout=15)
