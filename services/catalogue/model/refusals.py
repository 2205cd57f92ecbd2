"""Why catalogue says no."""

from collections.abc import Sequence

from chassis.refusal import Refusal


class LabelNotValid(Refusal):
    """Rule 10."""

    def __init__(self) -> None:
        super().__init__("Cet espace n'a pas de label valable ce jour-là. Choisissez un autre espace ou un autre jour.")


class MediatorNotInPost(Refusal):
    def __init__(self) -> None:
        super().__init__("Ce médiateur n'est plus en poste ce jour-là. Choisissez un autre médiateur.")


class MoreThanTheSeats(Refusal):
    def __init__(self, seats: int) -> None:
        super().__init__(f"Cet espace a {seats} places assises : la séance ne peut pas en offrir plus.")


class CapacityBelowTaken(Refusal):
    """Rule 13."""

    def __init__(self, taken: int) -> None:
        super().__init__(f"{taken} personnes ont déjà une place : on ne peut pas descendre plus bas.")


class SessionOver(Refusal):
    def __init__(self) -> None:
        super().__init__("Cette séance est passée ou annulée : elle ne se change plus. Choisissez une date à venir.")


class TrainingWithdrawn(Refusal):
    def __init__(self) -> None:
        super().__init__("Cette formation est retirée du catalogue. Choisissez-en une autre.")


class CodeTaken(Refusal):
    def __init__(self) -> None:
        super().__init__("Une formation a déjà ce code. Choisissez-en un autre, ou modifiez celle qui l'a.")


class OtherCode(Refusal):
    status = 422

    def __init__(self) -> None:
        super().__init__("Le code du texte n'est pas celui de l'adresse. Donnez deux fois le même, comme MAIL-01.")


class RoomTaken(Refusal):
    def __init__(self) -> None:
        super().__init__("Une autre séance occupe déjà cette salle à ce moment. Choisissez une autre heure ou salle.")


class MediatorTaken(Refusal):
    def __init__(self) -> None:
        super().__init__("Ce médiateur a déjà une séance à ce moment. Choisissez une autre heure, ou un autre.")


class LabelsOverlap(Refusal):
    def __init__(self) -> None:
        super().__init__("Cet espace a déjà un label à ces dates. Commencez le nouveau après la fin de l'ancien.")


class NoSuchRoom(Refusal):
    def __init__(self, rooms: Sequence[str]) -> None:
        super().__init__(f"Cet espace a plusieurs salles : choisissez {' ou '.join(rooms)}.")


class NotAMonday(Refusal):
    def __init__(self) -> None:
        super().__init__("Une semaine se copie d'un lundi à un lundi à venir. Choisissez deux lundis.")


class ReasonNeeded(Refusal):
    """Rule 13: it reaches every person booked."""

    status = 422

    def __init__(self) -> None:
        super().__init__("Dites pourquoi le lieu ou l'heure change : tous peuvent le lire.")
