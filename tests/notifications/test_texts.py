from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from contracts.ids import BeneficiaryId, uuid7
from contracts.words import NoticeKind
from services.notifications.model import Centre, Contact, Facts, Mediator, Session
from services.notifications.texts import calendar_file, mail, segments, sms, spoken
from services.notifications.texts.gsm7 import BASIC, EXTENDED, gsm7, length
from tests.notifications.events import CENTRE, IN_FIVE_DAYS, MEDIATOR, place, scheduled, stated

KINDS: tuple[NoticeKind, ...] = get_args(NoticeKind)
STARTS = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)
NOW = STARTS - timedelta(days=5)
LONG = place(
    name="Maison ouverte sociale, artistique, intergénérationnelle, intercommunale et culturelle",
    address="1240 chemin de la Grange Neuve, bâtiment C, deuxième étage",
    commune="Saint-Barthélemy-de-Vals",
)


def facts(kind: NoticeKind, where: object = None, bring: str = "Votre téléphone portable.") -> Facts:
    session = Session.stated(scheduled(STARTS, place=where or place(), bring=bring))
    return Facts(
        kind,
        Contact.stated(stated(BeneficiaryId(uuid7()))),
        Centre(id=CENTRE, version=1, name="Centre social de Crest", phone="+33465710001"),
        session,
        Mediator(id=MEDIATOR, version=1, name="Démo Karim", phone="+33465710002"),
        STARTS,
        STARTS + timedelta(hours=1),
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("where", [place(), LONG])
def test_rule_22_every_notice_is_one_sms_segment(kind: NoticeKind, where: object) -> None:
    text = sms(
        [facts(kind, where, "Votre dernier avis d'imposition, votre carte d'identité et vos lunettes de lecture.")],
        STARTS,
    )
    assert segments(text) == 1
    assert "Pass numérique" in text


def test_rule_22_a_confirmation_says_when_where_what_to_bring_and_whom_to_call() -> None:
    assert sms([facts("booking_confirmed")], NOW) == (
        "Pass numérique : Démo Jeanne, séance réservée mardi 24 nov. à 14h30, 8 Fablab, Crest. "
        "Apportez : votre téléphone portable. Un problème ? 04 65 71 00 02"
    )


@pytest.mark.parametrize(
    ("french", "sent"),
    [
        ("é è à ù É Ç €", "é è à ù É Ç €"),
        ("ê â î ô û ë ï ç", "e a i o u e i c"),
        ("À È Ê Œuvre, cœur", "A E E OEuvre, coeur"),
        ("«bonjour» … l’été — fin", '"bonjour" ... l\'été - fin'),
        ("séance 🎓 gratuite", "séance  gratuite"),
    ],
)
def test_rule_22_french_is_rewritten_not_sent_at_70_characters(french: str, sent: str) -> None:
    assert gsm7(french) == sent


@given(st.text())
def test_rule_22_whatever_is_written_fits_the_alphabet(text: str) -> None:
    assert set(gsm7(text)) <= BASIC | EXTENDED


def test_an_extended_character_counts_two() -> None:
    assert length("10 €") == 5
    assert segments("€" * 80) == 1
    assert segments("€" * 81) == 2


def test_an_e_mail_says_it_all_in_whole_sentences() -> None:
    body = mail([facts("booking_confirmed")], NOW).body
    for part in (
        "Bonjour Démo Jeanne,",
        "Quand : mardi 24 novembre 2026 à 14 h 30",
        "Où : 8 Fablab, rue Courre Commère, 26400 Crest",
        "À apporter : Votre téléphone portable.",
        "04 65 71 00 02",
    ):
        assert part in body


def test_on_the_phone_one_says_the_same_without_a_signature() -> None:
    assert "Bonjour" not in spoken(facts("reminder_48h"), NOW).body
    assert "mardi 24 novembre 2026 à 14 h 30" in spoken(facts("reminder_48h"), NOW).body


def test_the_calendar_file_is_read_by_another_library_and_a_change_replaces_it() -> None:
    uid = uuid7()
    first = calendar_file(facts("booking_confirmed"), uid, STARTS)
    then = calendar_file(facts("booking_cancelled"), uid, STARTS)
    events = [Calendar.from_ical(text).events[0] for text in (first, then)]
    assert events[0]["UID"] == events[1]["UID"]
    assert events[0].decoded("DTSTART") == STARTS
    assert events[0]["LOCATION"] == "8 Fablab, rue Courre Commère, 26400 Crest"
    assert [str(event["STATUS"]) for event in events] == ["CONFIRMED", "CANCELLED"]


def test_no_session_no_calendar() -> None:
    contact = Contact.stated(stated(BeneficiaryId(uuid7())))
    assert not calendar_file(Facts("book_prescribed", contact), uuid7(), IN_FIVE_DAYS)
