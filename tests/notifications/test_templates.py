"""Every template, for every commune of the Drôme and for the longest names that its places really have."""

from typing import get_args

import pytest

from contracts.words import NoticeKind
from county.communes import all_communes
from services.notifications.model import Contact, Facts, Mediator, Session
from services.notifications.texts import letter, mail, samples, spoken
from services.notifications.texts.__main__ import PAGE, page
from services.notifications.texts.gsm7 import fits, segments
from services.notifications.texts.rendering import FOLDER
from services.notifications.texts.samples import LINK, NOW, facts
from services.notifications.texts.sms import sms, wording

KINDS: tuple[NoticeKind, ...] = get_args(NoticeKind)
WITH_PLACE = ("booking_confirmed", "booking_moved", "seat_offered", "reminder_48h", "reminder_3h")
LONGEST_PLACES = (
    "Maison ouverte sociale, artistique, intergénérationnelle, intercommunale et culturelle",
    "Médiathèque départementale Drôme des Collines - Espace public numérique",
    "Centre communal d'action sociale",
)
BRING = "Votre dernier avis d'imposition, votre carte d'identité et vos lunettes de lecture."


def longest(kind: NoticeKind, commune: str, name: str) -> Facts:
    """Long names of people too."""
    known = facts(kind, LINK.replace("pass.exemple.invalid", "pass-numerique.ladrome.fr"))
    contact = Contact(**{c.key: getattr(known.contact, c.key) for c in Contact.__table__.columns})
    contact.first_name = "Marie-Antoinette"
    if known.mediator:
        known.mediator.name = "Anne-Charlotte de la Roche-Montélimar"
    if known.session:
        where = {"name": name, "commune": commune, "address": "1240 chemin de la Grange Neuve, bâtiment C"}
        where["room"] = "Grande salle informatique du rez-de-chaussée"
        known.session.place = known.session.place | where
        known.session.bring = BRING
    host = "https://messages.pass-numerique.ladrome.fr"  # longer than the link of a booking
    stop = known.stop and known.stop.replace("https://messages.exemple.invalid", host)
    informs = known.informs.replace("pass.exemple.invalid", "pass-numerique.ladrome.fr")
    return Facts(**{**known.__dict__, "contact": contact, "stop": stop, "informs": informs})


@pytest.mark.parametrize("kind", KINDS)
def test_rule_22_one_segment_for_every_commune_of_the_drome(kind: NoticeKind) -> None:
    for commune in all_communes().values():
        for name in LONGEST_PLACES:
            text = sms([longest(kind, commune.name, name)], NOW)
            assert fits(text)
            assert segments(text) == 1, text


@pytest.mark.parametrize("kind", WITH_PLACE)
def test_rule_22_shortened_it_still_says_who_when_where_and_whom_to_call(kind: NoticeKind) -> None:
    text = wording([longest(kind, "Saint-Bonnet-de-Valclérieux", LONGEST_PLACES[0])], NOW)
    for part in ("Pass numérique", "mardi 24 nov. à 14h30", "Maison ouverte", "Saint-Bonnet-de-Valclérieux", "04 65"):
        assert part in text


@pytest.mark.parametrize("kind", KINDS)
def test_rule_22_each_sms_says_who_writes_and_whom_to_call(kind: NoticeKind) -> None:
    [sample] = [sample for sample in samples() if sample.kind == kind]
    assert "Pass numérique" in sample.sms
    assert "04 65 71 00 0" in sample.sms
    assert sample.segments == 1


@pytest.mark.parametrize("kind", WITH_PLACE)
def test_the_room_is_said_everywhere_and_goes_first_when_it_does_not_fit(kind: NoticeKind) -> None:
    known = facts(kind, "")
    assert known.session is not None
    known.session.bring = "Rien."
    assert "8 Fablab, salle bleue, " in sms([known], NOW)
    for written in (mail([known], NOW), letter(known, NOW), spoken(known, NOW)):
        assert "8 Fablab, salle bleue, 8 rue Courre Commère" in written.body
    assert "8 Fablab, salle bleue" in mail([known], NOW).html
    assert "Grande salle" not in sms([longest(kind, "Saint-Bonnet-de-Valclérieux", LONGEST_PLACES[0])], NOW)


def test_rule_25_the_link_that_stops_the_message_of_unused_hours_is_never_left_out() -> None:
    for link in ("04 65", "voyez votre centre"):
        known = longest("long_unseen", "Die", "")
        if link.startswith("voyez"):
            known = Facts(**{**known.__dict__, "mediator": None, "centre": None})
        text = sms([known], NOW)
        assert known.stop in text
        assert link in text
        assert segments(text) == 1


@pytest.mark.parametrize("link", ["04 65", "voyez votre centre"])
def test_walls_16_the_first_message_says_where_ones_data_are_explained(link: str) -> None:
    known = longest("book_prescribed", "Die", "")
    if link.startswith("voyez"):
        known = Facts(**{**known.__dict__, "mediator": None, "centre": None})
    text = sms([known], NOW)
    assert "Vos données : pass-numerique.ladrome.fr/donnees" in text
    assert link in text
    assert segments(text) == 1
    for written in (mail([known], NOW), letter(known, NOW), spoken(known, NOW)):
        assert "pass-numerique.ladrome.fr/donnees" in written.body
    assert 'href="https://pass-numerique.ladrome.fr/donnees"' in mail([known], NOW).html


def test_walls_16_a_later_message_does_not_say_it_again() -> None:
    known = Facts(**{**facts("book_prescribed").__dict__, "informs": ""})
    for text in (
        sms([known], NOW),
        *(written.body for written in (mail([known], NOW), letter(known, NOW), spoken(known, NOW))),
    ):
        assert "donnees" not in text
        assert "informations" not in text


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_a_kind_and_channel(kind: NoticeKind) -> None:
    names = {path.name for path in (FOLDER / kind).iterdir()}
    assert names == {"sms.txt", "mail.txt", "mail.html", "letter.txt", "call.txt"}


def test_an_offer_has_the_link_that_accepts_or_refuses() -> None:
    assert LINK in next(sample.sms for sample in samples() if sample.kind == "seat_offered")
    assert LINK in next(sample.mail.body for sample in samples() if sample.kind == "booking_confirmed")


def test_a_confirmation_has_the_link_that_cancels_when_nothing_is_to_be_brought() -> None:
    known = facts("booking_confirmed")
    assert isinstance(known.session, Session)
    known.session.bring = "Rien."
    assert LINK in sms([known], NOW)


def test_nobody_to_call_is_said_too() -> None:
    known = Facts(**{**facts("reminder_48h").__dict__, "mediator": None, "centre": None})
    assert "voyez votre centre" in sms([known], NOW)


def test_rule_21_a_late_reminder_says_today_or_tomorrow() -> None:
    known = facts("reminder_3h", "")
    assert known.starts_at is not None
    assert "c'est aujourd'hui mardi" in sms([known], known.starts_at)
    assert "c'est demain mardi" in sms([known], known.starts_at.replace(day=23))


def test_several_notices_are_one_sms_that_names_its_sender_and_number_once() -> None:
    text = sms([facts("booking_confirmed"), facts("reminder_48h"), facts("file_accepted")], NOW)
    assert text.count("Pass numérique : ") == 2  # «Rappel Pass numérique : …»
    assert text.count("04 65 71") == 1
    assert segments(text) == 2


def test_a_value_is_never_read_as_a_mark() -> None:
    known = facts("file_accepted")
    assert isinstance(known.mediator, Mediator)
    known.mediator.name = "[1Karim] {{ B. }}"
    assert "1Karim B." in " ".join(sms([known], NOW).split())


def test_html_escapes_what_people_wrote() -> None:
    known = facts("booking_confirmed")
    assert known.session is not None
    known.session.training_title = "<b>Tableur</b>"
    written = mail([known], NOW)
    assert "&lt;b&gt;Tableur" in written.html
    assert "<b>Tableur" in written.body


def test_the_page_of_messages_is_current() -> None:
    """python -m services.notifications.texts"""
    assert PAGE.read_text(encoding="utf-8") == page()
