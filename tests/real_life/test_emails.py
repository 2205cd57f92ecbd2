"""E-mail addresses as they are dictated, copied and guessed."""

import pytest
from pydantic import ValidationError

from services.prescription.model import Double, Registration
from tests.prescription.conftest import PERSON
from tests.real_life.tables import Table

TAKEN = Table(
    "Les adresses e-mail",
    "Comprises, et écrites comme un serveur de messagerie les demande.",
    ("Écrit", "Enregistré", "Pourquoi"),
    (
        ("Jeanne.DUPRE@Exemple.fr", "jeanne.dupre@exemple.fr", "les majuscules ne comptent pas"),
        ("jeanne+pass@exemple.fr", "jeanne+pass@exemple.fr", "le signe + est permis"),
        ("o'neil@exemple.fr", "o'neil@exemple.fr", "l'apostrophe aussi"),
        ("  jeanne@exemple.fr ", "jeanne@exemple.fr", "espaces autour"),
        ("jeanne\u200b@exemple.fr", "jeanne@exemple.fr", "copié d'une page, avec un caractère invisible"),
        ("\ufeffjeanne@exem\u00adple.fr", "jeanne@exemple.fr", "copié d'un traitement de texte"),
        ("jeanne@mairie-crest.fr", "jeanne@mairie-crest.fr", "trait d'union"),
        ("jeanne@château.fr", "jeanne@xn--chteau-xta.fr", "accent après le @ : permis, écrit pour les machines"),
        ("jeanne@xn--chteau-xta.fr", "jeanne@xn--chteau-xta.fr", "la même adresse"),
        ("jeanne@exemple.invalid", "jeanne@exemple.invalid", "adresse des démonstrations"),
    ),
)
NO_ACCENT, ONE_AT, NO_SPACE, END, NOT_SO = (
    "une adresse e-mail n'a pas d'accent avant le @",
    "une adresse e-mail a un seul @",
    "une adresse e-mail n'a pas d'espace",
    "la fin de l'adresse e-mail manque",
    "cette adresse e-mail n'existe pas ainsi",
)
REFUSED = Table(
    "Les adresses e-mail refusées",
    "Personne ne pourrait y écrire. La phrase dit quoi regarder.",
    ("Écrit", "La réponse commence par", "Pourquoi"),
    (
        ("zoé@exemple.fr", NO_ACCENT, "accent avant le @"),
        ("lœïc@exemple.fr", NO_ACCENT, "accent avant le @"),
        ("jeanne.exemple.fr", ONE_AT, "pas de @"),
        ("www.exemple.fr", ONE_AT, "un site"),
        ("jeanne@@exemple.fr", ONE_AT, "deux @"),
        ("jeanne@exemple.fr, paul@exemple.fr", ONE_AT, "deux adresses"),
        ("jeanne dupre@exemple.fr", NO_SPACE, "espace au milieu"),
        ("Jeanne <jeanne@exemple.fr>", NO_SPACE, "copié d'un message"),
        ("jeanne@orange", END, "la fin manque"),
        ("jeanne@exemple.f", END, "la fin est coupée"),
        ("jeanne@localhost", END, "pas une adresse du monde"),
        ("jeanne@exemple.local", NOT_SO, "réseau privé"),
        ("jeanne@exemple,fr", END, "virgule au lieu d'un point"),
        ("jeanne;@exemple.fr", NOT_SO, "signe qui n'est pas permis"),
        ("jeanne..dupre@exemple.fr", NOT_SO, "deux points de suite"),
        (".jeanne@exemple.fr", NOT_SO, "point au début"),
        ("jeanne@exemple.fr.", END, "point à la fin"),
        ("mailto:jeanne@exemple.fr", NOT_SO, "copié d'un lien"),
        ('"jeanne dupre"@exemple.fr', NO_SPACE, "guillemets"),
        ("jeanne@[192.0.2.1]", NOT_SO, "adresse de machine"),
        (f"{'j' * 65}@exemple.fr", NOT_SO, "plus de 64 caractères avant le @"),
        ("@exemple.fr", NOT_SO, "rien avant le @"),
    ),
)
TABLES = (TAKEN, REFUSED)
BY_MAIL = {**PERSON, "phone": None, "channel": "email"}


@pytest.mark.parametrize(("typed", "stored", "_why"), TAKEN.rows)
def test_rule_4_an_address_is_stored_as_it_is_sent(typed: str, stored: str, _why: str) -> None:
    assert Registration.model_validate({**BY_MAIL, "email": typed}).email == stored


@pytest.mark.parametrize(("typed", "sentence", "_why"), REFUSED.rows)
def test_rule_4_an_address_of_nobody_is_refused_in_words(typed: str, sentence: str, _why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Registration.model_validate({**BY_MAIL, "email": typed})
    [fault] = [fault for fault in refused.value.errors() if fault["loc"] == ("email",)]
    assert fault["msg"].removeprefix("Value error, ").startswith(sentence)
    assert len(refused.value.errors()) == 1, "and nothing else"


def test_what_an_older_version_has_let_in_can_still_be_read() -> None:
    """A question for the administrator waits with what was typed then."""
    double = Double(claim={**BY_MAIL, "email": "zoé@exemple.fr", "phone": "+33836123456"}, outcome=None)
    assert double.claimed is not None
    assert double.claimed.email == "zoé@exemple.fr"
