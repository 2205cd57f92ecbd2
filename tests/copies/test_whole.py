"""Walls 11: who asks for what is stored of them gets all of it, from all four services, and nobody else does."""

import re
import unicodedata
from typing import Any
from uuid import UUID

import pytest

from contracts.copies import PersonalCopy
from deploy.register.stored import stored
from services.prescription.wording import CHAPTERS
from tests.copies.asked import copied, request
from tests.copies.county import County
from tests.copies.life import OTHERS, lived

WORDS = """
Prénom : Démo Jeanne|Nom : Dubœuf|Nom de naissance : Martel|Date de naissance : vendredi 2 mars 1951|Commune : Crest
Téléphone : 06 39 98 00 00|E-mail : demo.jeanne@exemple.invalid|3 rue des Lilas|Situation : Senior
Langue : Français simple|Pour être à l'aise : Voit mal|par Démo Nadia|Centre qui vous suit : Centre social de Crest
Besoin : Faire ses démarches en ligne|chèque annulé, chéquier|chéquier perdu ou abîmé, feuille mouillée
Heures suivies : 1|Absences comptées : 2|reçu, à utiliser|à utiliser, puis réservé|réservé, puis utilisé
réservé, puis à utiliser|à utiliser, puis annulé|Par le médiateur (Démo Karim)
Envoyer un e-mail, 8 Fablab (Crest) : suivie, 1 chèque|: absence, excusée, les chèques ont été rendus
: absence, les chèques ont été comptés|8 Fablab (Crest) : réservée, 1 chèque|8 Fablab : place 1 de la liste
Médiateur : Démo Lucie|Vos besoins : Éviter les arnaques, protéger ses comptes|Votre niveau : Débutant
repris par Démo Karim|Démo Karim a transmis votre dossier à Démo Lucie (horaires qui lui conviennent mieux)
1. Envoyer un e-mail|absente plusieurs fois, un appel est demandé. Fait le|par Démo Karim
par SMS à 06 39 98 00 00 : échec|par e-mail à demo.jeanne@exemple.invalid : envoyé|: prévu.|: abandonné (
Séance réservée|Chéquier prescrit|Texte : «|Je viens avec ma sœur|Pas encore lu
Chéquier presque épuisé, par SMS|Démo Nadia, page de vos messages (suivi par son centre)
Démo Paul, page de vos messages (appel urgent)
Démo Paul, raison donnée (elle est là)|Démo Paul, fiche lue par un logiciel (elle est là)
Démo Nadia, fiche lue par un logiciel (suivi par son centre)|copie demandée, suivi par son centre
Démo Nadia a prescrit un chéquier à Démo Jeanne Dubœuf|Démo Karim a transmis le dossier de Démo Jeanne D.
Démo Nadia a lu les messages de Démo Jeanne D.|fiches réunies, par Démo Admin (date mal lue)
1 autre fiche a été réunie à la vôtre|effacement demandé par Démo Nadia (elle ne souhaite plus venir), prévu le
Catalogue, le|ce service ne garde rien sur vous
"""
"""In words, as the person reads them."""

IN = {
    "prescription.beneficiaries": "prescription.record",
    "prescription.books": "prescription.books",
    "prescription.vouchers": "prescription.vouchers",
    "prescription.changes": "prescription.changes",
    "prescription.bookings": "prescription.known_bookings",
    "prescription.troubled_notices": "prescription.known_notices",
    "prescription.readings": "prescription.readings",
    "prescription.doubles": "prescription.doubles",
    "chassis.journal": "prescription.journal booking.journal notifications.journal",
    "prescription.merges": "prescription.merges",
    "prescription.erasure_requests": "prescription.erasure_requests",
    "booking.people": "booking.known_person",
    "booking.files": "booking.file booking.plan",
    "booking.file_moves": "booking.file_moves",
    "booking.flags": "booking.flags",
    "booking.troubled_notices": "booking.known_notices",
    "booking.bookings": "booking.bookings booking.absences",
    "booking.waiting": "booking.waiting",
    "booking.wallets": "booking.wallet",
    "booking.vouchers": "booking.vouchers",
    "booking.ledger": "booking.ledger",
    "booking.aliases": "booking.aliases",
    "notifications.contacts": "notifications.contact",
    "notifications.files": "notifications.contact",
    "notifications.merged": "notifications.contact",
    "notifications.notices": "notifications.notices",
    "notifications.call_tries": "notifications.notices",
    "notifications.replies": "notifications.replies",
    "notifications.readings": "notifications.readings notifications.openings",
    "notifications.opt_outs": "notifications.opt_outs",
    "notifications.books": "notifications.known_books",
    "notifications.bookings": "notifications.known_bookings",
}
"""By table, where it is in the copy."""
NOT_IN = {
    "prescription.copies": "the copy itself",
    "prescription.copy_parts": "the copy itself",
    "prescription.past_readings": "of the erased, a digest",
    "chassis.outbox": "for seconds, what the services tell each other: the copy says so",
    "chassis.published": "for days, the same: the copy says so",
    "chassis.parked": "for days, the same: the copy says so",
    "chassis.erased": "a digest of who is erased",
    "chassis.throttle": "a digest of who asks too often",
    "notifications.receipts": "what a provider says of a message, for days; the message has its state",
    "notifications.sessions": "of nobody",
}


def bare(text: str) -> str:
    """Without spaces: paper breaks lines where a text has none, as behind a hyphen."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def sections(copy: PersonalCopy) -> dict[str, Any]:
    return {f"{of.service}.{one.name}": one for of in copy.services for one in of.sections}


async def test_walls_11_the_copy_is_read_as_its_person_would_and_nothing_is_missing(county: County) -> None:
    jeanne = await lived(county)
    await request(county, jeanne)
    paper, copy = await copied(county, jeanne)
    wanted = [one for line in WORDS.strip().splitlines() for one in line.split("|")]
    assert [one for one in wanted if bare(one) not in bare(paper)] == []
    told = sections(copy)
    lines = [line.text for one in told.values() for line in one.lines]
    assert [line for line in lines if bare(line) not in bare(paper)] == []
    assert [name for name, one in told.items() if not one.lines] == ["prescription.doubles"]


BESIDES = """
Département de la Drôme (exemple), 1 rue de l'Exemple|mission de service public|elles viennent : de vous
Qui les voit : votre centre, votre médiateur|les entreprises qui portent nos SMS|Hébergeur d'exemple
vos chéquiers : 2 ans après votre dernière heure|un message : 7 jours|cette copie : 7 jours
Corriger ce qui est faux|Effacer vos données|Vous opposer|dpo@exemple.invalid|cnil.fr/plaintes
"""


async def test_walls_11_the_paper_says_why_for_whom_how_long_and_what_one_may_ask(county: County) -> None:
    """Who reads it on paper may have no Internet."""
    jeanne = await lived(county)
    await request(county, jeanne)
    paper, _ = await copied(county, jeanne)
    wanted = [one for line in BESIDES.strip().splitlines() for one in line.split("|")]
    assert [one for one in wanted if bare(one) not in bare(paper)] == []
    assert not re.search(r"(?<!\.)\.\.(?!\.)", paper), "a sentence that ends twice"


async def test_walls_11_each_stored_row_is_a_line_of_the_copy(county: County) -> None:
    jeanne = await lived(county)
    await request(county, jeanne)
    told = sections((await copied(county, jeanne))[1])
    tables = {
        "booking.ledger": "ledger", "booking.bookings": "bookings", "booking.file_moves": "file_moves",
        "booking.flags": "flags", "booking.waiting": "waiting", "notifications.notices": "notices",
        "prescription.books": "books", "notifications.known_bookings": "bookings",
    }  # fmt: skip
    for section, table in tables.items():
        query = f"SELECT count(*) FROM {table} WHERE beneficiary_id = :person"  # noqa: S608 - our own tables
        ((count,),) = await county.rows(section.partition(".")[0], query, person=UUID(jeanne))
        assert (section, len(told[section].lines)) == (section, count)
        assert count


async def test_walls_11_nobody_else_and_no_code_of_a_link_is_in_the_copy(county: County) -> None:
    jeanne = await lived(county)
    await request(county, jeanne)
    paper, copy = await copied(county, jeanne)
    file = copy.model_dump_json()
    assert [one for one in OTHERS for text in (paper, file) if one in text] == []
    codes = [row.code for row in await county.rows("booking", "SELECT code FROM bookings")]
    assert codes
    assert [code for code in codes for text in (paper, file) if code in text] == []
    assert re.findall(r"/(?:r|stop)/[0-9A-Za-z]", paper + file) == []


def test_walls_11_every_table_that_speaks_of_a_resident_has_its_place_in_the_copy() -> None:
    tables = {f"{one.service}.{one.table}" for one in stored() if "habitant" in one.whose}
    assert tables - {*IN, *NOT_IN} == set()


def test_walls_11_the_sections_of_the_copy_are_in_a_chapter_each_once() -> None:
    names = [name for _, chapter in CHAPTERS for name in chapter.split()]
    assert len(names) == len({*names})
    known = {name for names in IN.values() for name in names.split()}
    assert {*names} <= known


def test_walls_11_a_table_without_a_place_in_the_copy_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""
    monkeypatch.delitem(IN, "booking.flags")
    with pytest.raises(AssertionError, match=r"booking\.flags"):
        test_walls_11_every_table_that_speaks_of_a_resident_has_its_place_in_the_copy()
