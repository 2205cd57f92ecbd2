"""Why a booking is not possible, and what to do instead."""

from chassis.refusal import Invalid, NotAllowed, Refusal


class SessionFull(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "Cette séance est complète : la dernière place vient d'être prise. "
            "Inscrivez la personne en liste d'attente, ou choisissez une autre séance."
        )


class SessionOver(Refusal):
    def __init__(self) -> None:
        super().__init__("Cette séance a déjà commencé, ou elle est annulée. Choisissez une autre séance.")


class SeatsLeft(Refusal):
    def __init__(self) -> None:
        super().__init__("Il reste des places dans cette séance : réservez plutôt une place.")


class AlreadyBooked(Refusal):
    def __init__(self) -> None:
        super().__init__("Cette personne a déjà une place dans cette séance.")


class OverlapsAnother(Refusal):
    def __init__(self) -> None:
        super().__init__("Cette personne a déjà une séance à ce moment-là. Choisissez un autre horaire.")


class NotStarted(Refusal):
    def __init__(self) -> None:
        super().__init__("La séance n'a pas encore commencé : la présence se note à partir de l'heure de début.")


class AlreadyMarked(Refusal):
    def __init__(self) -> None:
        super().__init__("Cette réservation est déjà terminée : présence notée, ou annulée. Rechargez la page.")


class NothingToGiveBack(Refusal):
    def __init__(self) -> None:
        super().__init__("Cette réservation n'a coûté aucun chèque : il n'y a rien à rendre.")


class ReasonMissing(Invalid):
    def __init__(self) -> None:
        super().__init__("Dites pourquoi vous changez ce qui était noté : quelques mots suffisent.")


class OfferEnded(Refusal):
    def __init__(self) -> None:
        super().__init__(
            "Cette place n'est plus proposée : le délai est passé, ou elle a été refusée. "
            "Appelez votre médiateur pour une autre séance."
        )


class NotYourSession(NotAllowed):
    def __init__(self) -> None:
        super().__init__("Cette séance est celle d'un autre médiateur, dans un autre lieu que les vôtres.")


class NotYourPerson(NotAllowed):
    def __init__(self) -> None:
        super().__init__("Cette personne est suivie par un autre centre. Appelez-le, ou appelez son médiateur.")
