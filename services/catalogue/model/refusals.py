"""Why catalogue refuses: what is asked for is not there, or a rule forbids it."""

from collections.abc import Sequence

from chassis.refusal import NotAllowed, NotFound, Refusal


class NoSuchTraining(NotFound):
    def __init__(self) -> None:
        super().__init__("Cette formation n'est pas au catalogue.")


class NoSuchSpace(NotFound):
    def __init__(self) -> None:
        super().__init__("Cet espace n'est pas dans la liste. Importez d'abord le fichier des lieux.")


class NoSuchMediator(NotFound):
    def __init__(self) -> None:
        super().__init__("Ce médiateur n'est pas connu. L'administrateur doit d'abord l'inscrire.")


class NoSuchSession(NotFound):
    def __init__(self) -> None:
        super().__init__("Cette séance n'existe pas.")


class NoSuchImport(NotFound):
    def __init__(self) -> None:
        super().__init__("Ce résultat n'est plus là : il reste 90 jours.")


class NotYourSession(NotAllowed):
    """Rule 19."""

    def __init__(self) -> None:
        super().__init__(
            "Cette séance est celle d'un autre médiateur, dans un espace qui n'est pas le vôtre. "
            "Demandez-lui, ou à l'administrateur du Pass numérique."
        )


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


class SeatsLater(Refusal):
    def __init__(self, seats: int) -> None:
        super().__init__(
            f"Ce label commence plus tard. L'espace garde ses {seats} places : changez-les en corrigeant l'espace."
        )


class NoLabelThen(Refusal):
    def __init__(self) -> None:
        super().__init__("Cet espace n'a pas de label ce jour-là. Choisissez un jour d'un de ses labels.")


class SessionsAfterLabel(Refusal):
    """Rule 11."""

    def __init__(self) -> None:
        super().__init__("Des séances sont prévues après ce jour-là. Déplacez-les ou annulez-les d'abord.")


class SoldAsAnother(Refusal):
    """Rules 10 and 13: who is booked chose that training."""

    def __init__(self) -> None:
        super().__init__(
            "Des personnes sont inscrites ou attendent une place : cette séance ne change plus de formation. "
            "Annulez-la et proposez une autre séance."
        )


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
        several = f"Cet espace a plusieurs salles : choisissez {' ou '.join(rooms)}."
        super().__init__(several if rooms else "Cet espace n'a pas plusieurs salles : n'en choisissez pas.")


class NotAMonday(Refusal):
    def __init__(self) -> None:
        super().__init__("Une semaine se copie d'un lundi à un lundi à venir. Choisissez deux lundis.")


class OnePlaceTwice(Refusal):
    status = 422

    def __init__(self) -> None:
        super().__init__("C'est deux fois le même lieu : écrivez les numéros de deux lieux.")


class ReasonNeeded(Refusal):
    """Rule 13: it reaches every person booked."""

    status = 422

    def __init__(self) -> None:
        super().__init__("Dites pourquoi le lieu ou l'heure change : tous peuvent le lire.")
