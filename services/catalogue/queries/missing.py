"""What was asked for and is not there."""

from chassis.refusal import NotFound


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
