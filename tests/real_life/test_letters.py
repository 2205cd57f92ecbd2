"""Letters that a keyboard, a screen or an old computer lacks: nobody becomes another person, nothing is lost."""

import random
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from anyascii import anyascii
from fastapi import FastAPI
from pydantic import ValidationError

from chassis.db import Database
from chassis.plain import plain
from chassis.printed import UNSHOWN, pdf_now
from services.notifications.texts.gsm7 import fits, gsm7
from services.prescription import queries
from services.prescription.model import Registration
from services.prescription.model.alike import names_alike
from services.prescription.model.names import name_key
from tests.prescription.conftest import PERSON
from tests.prescription.desk import NO_PHONE, post, registered
from tests.real_life.names import LATIN, PEOPLE, people
from tests.real_life.tables import Table

LETTERS = Table(
    "Les lettres des noms",
    "Le nom de la première colonne et celui de la deuxième sont la même personne : l'un trouve l'autre, et une seconde "
    "fiche est refusée. Le SMS garde les lettres qu'un SMS sait montrer.",
    ("Sur les papiers", "Écrit autrement", "Dans un SMS", "D'où"),
    (
        ("Işıl Kılıç", "ISIL KILIC", "Isil Kilic", "Turquie"),
        ("İbrahim Gündoğdu", "ibrahim gundogdu", "Ibrahim Gündogdu", "Turquie"),
        ("Łukasz Wałęsa", "LUKASZ WALESA", "Lukasz Walesa", "Pologne"),
        ("Đặng Thị Hường", "DANG THI HUONG", "Dang Thi Huong", "Vietnam"),
        ("Søren Kjærgård", "SOREN KJAERGARD", "Søren Kjærgård", "Danemark"),
        ("Ðorður Þórsson", "DORDUR THORSSON", "Dordur Thorsson", "Islande"),
        ("Jürgen Weiß", "JURGEN WEISS", "Jürgen Weiß", "Allemagne"),
        ("Ħasan Għawdex", "HASAN GHAWDEX", "Hasan Ghawdex", "Malte"),
        ("Əli Məmmədov", "ELI MEMMEDOV", "Eli Memmedov", "Azerbaïdjan"),
        ("ɛli Aɣilas", "ELI AGILAS", "eli Agilas", "Kabylie"),
        ("ʿAlī Ḥusayn", "ALI HUSAYN", "'Ali Husayn", "Algérie, écriture savante"),
        ("Œdipe Lœillet-Æneas", "OEDIPE LOEILLET AENEAS", "OEdipe Loeillet-Æneas", "France"),
        ("Zoé L’Hôte", "zoe l'hote", "Zoé L'Hote", "France, apostrophe de traitement de texte"),
        ("Jean‑Noël Ségur", "Jean Noel SEGUR", "Jean-Noel Ségur", "France, trait d'union insécable"),
        ("Zoe\u0308 Hele\u0300ne", "Zoë Hélène", "Zoe Helène", "Mac : accents à part"),
        ("João Conceição", "JOAO CONCEICAO", "Joao Conceicao", "Portugal"),
        ("Țepeș Ștefan", "TEPES STEFAN", "Tepes Stefan", "Roumanie"),
        ("Đurđević Žarko", "DURDEVIC ZARKO", "Durdevic Zarko", "Serbie"),
        ("Արամ Խաչատրյան", "ARAM KHACHATRYAN", "Aram Khach'atryan", "Arménie, lettres arméniennes"),
        ("Олена Шевченко", "OLENA SHEVCHENKO", "Olena Shevchenko", "Ukraine, lettres cyrilliques"),
        ("Ał Ø", "AL O", "Al Ø", "noms d'une lettre"),
    ),
)
TABLES = (LETTERS,)
MACHINES = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "ß": "ss", "þ": "th", "æ": "ae"})
"""As passports write in the lines for machines, ICAO 9303."""


def halves(name: str) -> tuple[str, str]:
    first, _, last = name.partition(" ")
    return first, last


@pytest.mark.parametrize(("papers", "otherwise", "sms", "_where"), LETTERS.rows)
def test_rule_5_two_writings_are_one_person(papers: str, otherwise: str, sms: str, _where: str) -> None:
    joined = [plain(name).replace(" ", "") for name in (papers, otherwise)]
    assert joined[0] == joined[1]
    assert gsm7(papers) == sms
    assert fits(sms)


def spellings(text: str) -> Iterator[str]:
    """The same name as people, forms and machines write it, by rule."""
    yield text.upper()
    yield text.lower()
    yield anyascii(text).upper()
    yield unicodedata.normalize("NFD", text)
    yield text.replace("-", " ").replace("’", "'")
    yield text.replace("-", "\u2011").replace("'", "’")
    yield f" {text[:1]}\u200b{text[1:]} "
    yield text.lower().translate(MACHINES)
    yield anyascii(text.lower().translate(MACHINES)).upper()


def is_seen(first: str, last: str, other: tuple[str, str]) -> bool:
    """Refused as known, or shown as alike: the two answers of a registration."""
    whole, others = plain(f"{last} {first}"), plain(f"{other[1]} {other[0]}")
    return name_key(first, last) == name_key(*other) or names_alike(whole, others)


def test_rule_5_no_spelling_of_two_thousand_names_is_missed() -> None:
    missed = [
        (first, last, other)
        for first, last in PEOPLE
        for other in zip(spellings(first), spellings(last), strict=True)
        if not (is_seen(first, last, other) and is_seen(first, last, other[::-1]))
    ]
    assert not missed
    assert len(PEOPLE) > 2000


def test_rule_5_two_thousand_people_are_as_many_and_few_strangers_look_alike() -> None:
    """Even if all were born on one day. The pairs are drawn once and for all."""
    assert len({name_key(*person) for person in PEOPLE}) == len({frozenset(person) for person in PEOPLE})
    drawn = random.Random(26)
    pairs = [drawn.sample(PEOPLE, 2) for _ in range(5_000)]
    alarms = [pair for pair in pairs if is_seen(*pair[0], pair[1])]
    assert len(alarms) < len(pairs) / 300, alarms


def test_no_letter_of_two_thousand_names_is_lost_in_an_sms_or_for_comparing() -> None:
    for first, last in PEOPLE:
        name = f"{first} {last}"
        letters = re.sub("[^a-z]", "", anyascii(name).lower())
        assert re.sub("[^a-z]", "", anyascii(gsm7(name)).lower()) == letters
        assert plain(name).replace(" ", "") == letters
        assert fits(gsm7(name))


def test_no_letter_of_two_thousand_names_is_lost_on_paper(tmp_path: Path) -> None:
    """What no font has is in plain letters; a question mark stands for nobody's letter."""
    template = tmp_path / "names.typ"
    template.write_text('#set document(title: "Noms")\n#let told = json(bytes(sys.inputs.told))\n#told.names.join(" ")')
    names = [f"{first} {last}" for first, last in PEOPLE]
    assert pdf_now(template, {"names": names}).startswith(b"%PDF")
    strange = {character for name in names for character in UNSHOWN.findall(name)}
    assert strange
    assert all(anyascii(text) for text in strange)


@pytest.mark.parametrize("name", ["Ł", "Ø", "ı", "Đ", "Þ", "Ə", "ß", "É", "ɛ"])
def test_a_name_of_one_latin_letter_is_a_name(name: str) -> None:
    told = Registration.model_validate({**PERSON, "first_name": name, "last_name": name})
    assert told.last_name == name


@pytest.mark.parametrize("name", ["Олена", "Արամ", "محمد", "12", "🎓", "’"])
def test_a_name_without_a_latin_letter_is_asked_as_on_the_papers(name: str) -> None:
    with pytest.raises(ValidationError, match="lettres latines"):
        Registration.model_validate({**PERSON, "first_name": name})


async def test_rule_5_who_is_written_otherwise_is_found_and_is_no_second_person(
    app: FastAPI, database: Database
) -> None:
    """A few of each language, by the product's own door."""
    few = [pair for tongue in LATIN for pair in people(tongue)[::23]]
    for number, (first, last) in enumerate(few):
        born = {"birth_date": f"19{40 + number}-01-02", "confirmed": True, **NO_PHONE}
        await registered(app, first_name=first, last_name=last, **born)
        again = {**PERSON, **born, "first_name": anyascii(first).upper(), "last_name": anyascii(last).upper()}
        assert (await post(app, "/api/beneficiaries", again)).json()["type"].endswith("already-known")
        for typed in spellings(f"{last} {first}"):
            async with database.reading() as reading:
                found = await queries.people_found(reading, typed)
            assert (first, last) in [(one.first_name, one.last_name) for one in found.people], typed
