"""What a person writes back to an SMS: «STOP», as people write it, or a reply that somebody reads. Rule 25."""

import re
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from chassis.plain import plain
from chassis.refusal import NotFound
from contracts.ids import BeneficiaryId, uuid7
from services.notifications.model.record import Record

LONGEST = 1000  # characters: six SMS
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


class NoSuchReply(NotFound):
    def __init__(self) -> None:
        super().__init__("Cette réponse n'est plus là : elle est lue, ou effacée. Revenez à la liste.")


class Reply(Record):
    """Of whoever is reached by `phone`; of nobody known when there is no `beneficiary_id`."""

    __tablename__ = "replies"
    __table_args__ = (CheckConstraint("(read_at is null) = (read_by is null)", name="read"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    beneficiary_id: Mapped[BeneficiaryId | None] = mapped_column(index=True)
    phone: Mapped[str]
    text: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)
    read_at: Mapped[datetime | None]
    read_by: Mapped[str | None]

    def read(self, by: str, now: datetime) -> None:
        """Note who read it. Raises NoSuchReply when somebody was quicker."""
        if self.read_at:
            raise NoSuchReply
        self.read_at, self.read_by = now, by


def is_stop(text: str) -> bool:
    """Recognise «STOP36180», «Bonjour stop», «Je ne veux plus de SMS», «FIN»; but not «fin de la séance ?».

    What is not surely a STOP is nobody's business but a person's, who reads it.
    """
    words = NO_MORE.sub(" stop ", SHORT_NUMBER.sub(" ", _joined(plain(text)))).split()
    first = next((word for word in words if word not in GREETINGS), "")
    meant = [word for word in words if word not in POLITE]
    return first == "stop" or (bool(meant) and all(STOPS.fullmatch(word) for word in meant))


def _joined(bare: str) -> str:
    """«S.T.O.P» is one word."""
    words = bare.split()
    return "".join(words) if all(len(word) == 1 for word in words) else bare
