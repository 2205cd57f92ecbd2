"""The pages that the law asks for: in every service, without signing in, from the county's settings."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chassis.french import day
from county.law import COMMON, accessibility
from county.law.pages import cookies_of, long
from county.settings import Legal
from services.prescription.web.sign_in import Persona
from tests.actors import PRESCRIBER, asking
from tests.sites import SERVICES, site_of

PAGES = [link.path for link in COMMON.foot]
REAL = Legal(
    name="Conseil départemental",
    address="2 place du Marché, 26000 Valence",
    phone="+33475000000",
    contact="numerique@ladrome.example",
    director="Camille Martin",
    officer="dpo@ladrome.example",
    host="Centre de calcul, 38000 Grenoble",
    security="mailto:securite@ladrome.example",
)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("service", SERVICES)
async def test_walls_16_each_service_has_the_pages_of_the_law_for_everybody(service: str, path: str) -> None:
    async with asking(site_of(service).application()) as client:
        answer = await client.get(path)
    assert answer.status_code == 200
    assert ("Page d'exemple" in answer.text) == (path != "/cookies")
    assert [page for page in PAGES if f'href="{page}"' not in answer.text] == []


@pytest.mark.parametrize("path", PAGES)
async def test_walls_16_they_are_filled_from_settings_and_then_no_example(path: str) -> None:
    async with asking(site_of("booking", legal=REAL).application()) as client:
        answer = await client.get(path)
    assert not re.search(r"Page d'exemple|\(exemple\)|invalid|de l'Exemple", answer.text)
    assert any(value in answer.text for _, value in REAL) or path == "/cookies"


async def test_walls_16_one_value_of_the_demonstration_left_is_still_an_example() -> None:
    legal = Legal(**REAL.model_dump(exclude={"officer"}))
    async with asking(site_of("booking", legal=legal).application()) as client:
        assert "Page d'exemple" in (await client.get("/donnees")).text


async def test_walls_16_a_residents_page_a_refusal_and_the_sign_in_page_link_to_them_too() -> None:
    async with asking(site_of("booking").application()) as client:
        for path in ("/r", "/rien", "/connexion"):
            text = (await client.get(path)).text
            assert [page for page in PAGES if f'href="{page}"' not in text] == [], path


async def test_walls_16_rule_27_the_page_says_how_long_as_the_settings_do() -> None:
    retention: dict[str, Any] = {"retain_contents": timedelta(days=5), "retain_residents": timedelta(days=3 * 365)}
    async with asking(site_of("prescription", **retention).application()) as client:
        text = (await client.get("/donnees")).text
    assert "5 jours" in text
    assert "3 ans après votre dernière heure" in text


async def test_walls_15_the_page_says_how_long_an_erasure_takes_in_files_and_backups_as_the_settings_do() -> None:
    days = {"erasure_grace": 5, "retain_files": 13, "retain_backups": 17}
    retention: dict[str, Any] = {name: timedelta(days=number) for name, number in days.items()}
    async with asking(site_of("prescription", **retention).application()) as client:
        text = (await client.get("/donnees")).text
    promises = ("Pendant 5 jours, vous pouvez dire non", "dans les fichiers de nos bases pendant 13 jours", "17 jours")
    assert [promise for promise in promises if promise not in text] == []


@pytest.mark.parametrize("days", [-1, 22])
def test_walls_09_the_grace_leaves_time_for_what_the_law_asks(days: int) -> None:
    with pytest.raises(ValueError, match="grace"):
        site_of("prescription", erasure_grace=timedelta(days=days))


@pytest.mark.parametrize(
    ("days", "words"), [(1, "1 jour"), (7, "7 jours"), (182, "6 mois"), (365, "1 an"), (730, "2 ans"), (61, "2 mois")]
)
def test_how_long_is_written_as_people_say_it(days: int, words: str) -> None:
    assert long(timedelta(days=days)) == words


async def test_walls_16_the_cookies_named_are_those_that_are_set(tmp_path: Path) -> None:
    persona = Persona(principal=PRESCRIBER, sentence="")
    (tmp_path / "personas.json").write_text(f"[{persona.model_dump_json()}]")
    site = site_of("prescription", personas_file=tmp_path / "personas.json")
    async with asking(site.application()) as client:
        page = (await client.get("/connexion")).text
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        form = {"csrf_token": token, "subject": PRESCRIBER.subject}
        signed_in = await client.post("/connexion", data=form)
        cookies = {*client.cookies}
        client.cookies.delete("pass")
        await client.post("/deconnexion", headers={"Origin": "http://127.0.0.1"})
        cookies |= {*client.cookies}
    assert signed_in.status_code == 303
    assert cookies == {cookie.name for cookie in cookies_of(local=True)}


async def test_walls_16_security_txt_is_one_that_readers_accept() -> None:
    async with asking(site_of("catalogue", legal=REAL).application()) as client:
        answer = await client.get("/.well-known/security.txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in answer.text.splitlines())
    assert fields["Contact"] == REAL.security
    expires = datetime.fromisoformat(fields["Expires"])
    assert timedelta(days=90) < expires - datetime.now(UTC) < timedelta(days=365)
    assert fields["Canonical"].endswith("/.well-known/security.txt")


async def test_walls_16_the_statement_names_all_criteria_and_calls_none_of_them_met() -> None:
    async with asking(site_of("catalogue").application()) as client:
        text = (await client.get("/accessibilite")).text
    assert len(accessibility.criteria()) == text.count("À auditer.") == 106
    assert "non conforme" in text
    assert day(accessibility.measured().on) in text
    assert not re.search(r"\bconforme\b", text.replace("non conforme", ""))
