"""What people write back to an SMS."""

import pytest

from services.notifications.model import is_stop
from tests.real_life.tables import Table

STOP, TO_READ = "STOP", "une personne le lit"
ANSWERS = Table(
    "Les réponses aux SMS",
    "Un STOP, écrit comme les gens l'écrivent, arrête les SMS aussitôt. Tout le reste est montré à une personne.",
    ("Réponse", "Ce qui se passe"),
    (
        ("STOP", STOP),
        ("stop", STOP),
        ("Stop.", STOP),
        ("STOP !!!", STOP),
        ("ＳＴＯＰ", STOP),
        ("S.T.O.P", STOP),
        ("Stopp", STOP),
        ("STOP36180", STOP),
        ("stop 36180", STOP),
        ("STOP SMS", STOP),
        ("Stop svp merci", STOP),
        ("STOP s'il vous plaît", STOP),
        ("Bonjour stop", STOP),
        ("Bonjour, STOP merci d'avance", STOP),
        ("stop c'est le mauvais numéro", STOP),
        ("Stopper", STOP),
        ("Arrêt", STOP),
        ("ARRET", STOP),
        ("Arrêtez", STOP),
        ("arreter", STOP),
        ("Arrêtez svp !", STOP),
        ("Arrêtez de m'envoyer des messages", STOP),
        ("Veuillez arrêter les SMS", STOP),
        ("Cessez", STOP),
        ("FIN", STOP),
        ("fin svp", STOP),
        ("Désabonnement", STOP),
        ("me désinscrire", STOP),
        ("désabonnez moi", STOP),
        ("Unsubscribe", STOP),
        ("Je ne veux plus de SMS", STOP),
        ("je veux plus de message", STOP),
        ("Je ne souhaite plus recevoir de messages", STOP),
        ("Je ne veux plus recevoir vos SMS merci", STOP),
        ("Je ne veux plus rien recevoir", STOP),
        ("Ne m'envoyez plus de messages", STOP),
        ("Plus de SMS svp", STOP),
        ("Je ne peux pas venir", TO_READ),
        ("Je ne veux plus venir", TO_READ),
        ("Je ne veux plus", TO_READ),
        ("Non", TO_READ),
        ("Oui merci", TO_READ),
        ("Bonjour", TO_READ),
        ("Fin de la séance à quelle heure ?", TO_READ),
        ("C'est à quel arrêt de bus ?", TO_READ),
        ("J'arrête la formation", TO_READ),
        ("Mon bus s'arrête à Crest", TO_READ),
        ("Je n'ai plus de messages de vous, c'est normal ?", TO_READ),
        ("Le stop de la rue est cassé", TO_READ),
        ("Qui êtes-vous ?", TO_READ),
        ("06 39 98 12 34", TO_READ),
        ("👍", TO_READ),
        ("", TO_READ),
    ),
)
TABLES = (ANSWERS,)


@pytest.mark.parametrize(("answer", "what"), ANSWERS.rows)
def test_rule_25_stop_is_understood_as_people_write_it(answer: str, what: str) -> None:
    assert is_stop(answer) == (what == STOP)
