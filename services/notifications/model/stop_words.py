"""«STOP» as people write it. What is not surely one is nobody's business but a person's, who reads it. Rule 25."""

import re

from chassis.plain import plain

STOPS = re.compile(r"stop+(ez|er|e)?|fin|arret(ez|er|e|es)?|cessez|desab\w+|desinscri\w+|unsubscribe")
MESSAGES = "(?:sms|texto|textos|message|messages|mail|mails|notification|notifications)"
NO_MORE = re.compile(
    rf"\b(?:ne |n )?(?:veux|veut|souhaite|desire|voudrais|voulons) (?:plus|pas)(?: (?:rien|en))?"
    rf"(?: (?:recevoir|avoir))?(?: (?:de|d|vos|ces|des|les|aucun|aucuns|votre|ce))* (?:{MESSAGES}|recevoir|rien)\b"
    rf"|\b(?:ne |n )?(?:m|me|nous) (?:envoyez|envoyer|ecrivez|ecrire) plus\b"
    rf"|\bplus (?:de|d|aucun|jamais de) {MESSAGES}\b"
    rf"|\b(?:ne |n )?(?:plus|pas) recevoir(?: (?:de|d|vos|ces|des|les))* {MESSAGES}\b"
)
GREETINGS = {"bonjour", "bonsoir", "salut", "allo", "coucou", "madame", "monsieur", "messieurs", "et"}
AROUND = """
svp stp sil s il vous te plait merci beaucoup d avance bien oui non ok cordialement je j me m moi tout tous toute suite
de du des la le les l un vos votre ces ce cet cette ca envoi envois envoyer sms texto textos message messages mail mails
notification notifications pass numerique recevoir a au aux mon numero dis demande veuillez prie pub publicite rien par
maintenant
"""
POLITE = {*GREETINGS, *AROUND.split()}
SHORT_NUMBER = re.compile(r"(?<=[a-z])\d{4,6}\b|\b\d{4,6}\b")


def is_stop(text: str) -> bool:
    """«STOP36180», «Arrêtez svp», «Bonjour stop», «Je ne veux plus de SMS», «FIN»; but not «fin de la séance ?»."""
    words = NO_MORE.sub(" stop ", SHORT_NUMBER.sub(" ", _joined(plain(text)))).split()
    first = next((word for word in words if word not in GREETINGS), "")
    meant = [word for word in words if word not in POLITE]
    return first == "stop" or (bool(meant) and all(STOPS.fullmatch(word) for word in meant))


def _joined(bare: str) -> str:
    """«S.T.O.P» is one word."""
    words = bare.split()
    return "".join(words) if all(len(word) == 1 for word in words) else bare
