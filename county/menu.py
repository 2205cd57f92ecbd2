"""The menu of the product, by role: defined here, drawn the same by all four services.

Each entry is a page of one of them; `tests/architecture/test_menu.py` holds that it opens for whoever sees it.
"""

from chassis.web.menu import NavLink
from contracts.words import Role

PRESCRIBER: frozenset[Role] = frozenset({"prescriber"})
MEDIATOR: frozenset[Role] = frozenset({"mediator"})
ADMINISTRATOR: frozenset[Role] = frozenset({"administrator"})
AGENTS = PRESCRIBER | MEDIATOR | ADMINISTRATOR
SERVICES = (
    ("Prescription", "prescription"),
    ("Catalogue", "catalogue"),
    ("Réservation", "booking"),
    ("Messages", "notifications"),
)

PERSON = ("/habitants", "/chequiers")
MESSAGES = (
    NavLink("Messages envoyés", "/messages"),
    NavLink("Courriers à poster", "/courriers"),
    NavLink("Échecs du jour", "/echecs"),
    NavLink("Modèles", "/modeles"),
    NavLink("Fournisseurs", "/fournisseurs"),
)
TRAININGS = (
    NavLink("Chercher une formation", "/formations"),
    NavLink("Les lieux", "/espaces"),
    NavLink("Où demander un chéquier", "/ou-demander"),
)

MENU = (
    # Mediators
    NavLink("Aujourd'hui", "/mediateur", MEDIATOR, covers=("/emargement",)),
    NavLink("Mes personnes", "/mediateur/personnes", MEDIATOR, covers=("/dossiers",)),
    NavLink(
        "Mes séances",
        "/seances",
        MEDIATOR,
        pages=(
            NavLink("Séances à venir", "/seances"),
            NavLink("Proposer une séance", "/seances/nouvelle"),
            NavLink("Proposer une série", "/seances/serie"),
        ),
        covers=("/planning",),
    ),
    # Prescribers
    NavLink(
        "Prescrire",
        "/guichet",
        PRESCRIBER,
        pages=(NavLink("Chercher une personne", "/guichet"), NavLink("Inscrire une personne", "/habitants/nouveau")),
        covers=PERSON,
    ),
    NavLink("À relancer", "/a-relancer", PRESCRIBER),
    NavLink("Séances du centre", "/centre", PRESCRIBER),
    # Administrators
    NavLink("Accueil", "/administration", ADMINISTRATOR),
    NavLink(
        "Personnes",
        "/guichet",
        ADMINISTRATOR,
        pages=(
            NavLink("Chercher une personne", "/guichet"),
            NavLink("À relancer", "/a-relancer"),
            NavLink("Doublons", "/doublons"),
            NavLink("Effacements", "/effacements"),
            NavLink("Copies", "/copies"),
            NavLink("Recherches", "/recherches"),
        ),
        covers=PERSON,
    ),
    NavLink(
        "Centres et agents",
        "/centres",
        ADMINISTRATOR,
        pages=(
            NavLink("Centres et prescripteurs", "/centres"),
            NavLink("Médiateurs", "/mediateurs"),
            NavLink("Comptes", "/comptes"),
        ),
        covers=("/prescripteurs",),
    ),
    NavLink(
        "Espaces et labels",
        "/labels",
        ADMINISTRATOR,
        pages=(
            NavLink("Labels", "/labels"),
            NavLink("Les lieux", "/espaces"),
            NavLink("Importer des lieux", "/import"),
            NavLink("Ajouter un lieu", "/gestion/espaces/nouveau"),
        ),
        covers=("/gestion/espaces",),
    ),
    NavLink(
        "Formations et séances",
        "/seances",
        ADMINISTRATOR,
        pages=(
            NavLink("Séances à venir", "/seances"),
            NavLink("Gérer les formations", "/gestion/formations"),
            NavLink("Chercher une formation", "/formations"),
        ),
        covers=("/planning", "/emargement"),
    ),
    # Several
    NavLink("À appeler", "/appels", AGENTS),
    NavLink("Messages", "/messages", AGENTS, pages=MESSAGES, covers=("/reponses",)),
    NavLink("Formations", "/formations", PRESCRIBER | MEDIATOR, pages=TRAININGS),
    NavLink("Pilotage", "/pilotage", PRESCRIBER | ADMINISTRATOR),
    NavLink(
        "Journal",
        "/prescription/journal",
        ADMINISTRATOR,
        pages=(
            *(NavLink(f"Journal de {title}", f"/{service}/journal") for title, service in SERVICES),
            *(NavLink(f"État de {title}", f"/{service}/etat") for title, service in SERVICES),
        ),
    ),
)
"""For who is signed in."""

PUBLIC = (
    NavLink("Formations", "/", covers=("/formations", "/a-imprimer")),
    NavLink("Les lieux", "/espaces"),
    NavLink("Où demander un chéquier", "/ou-demander"),
)
"""For a visitor."""

HOMES: dict[Role, str] = {"administrator": "/administration", "mediator": "/mediateur", "prescriber": "/guichet"}
"""Where somebody begins; of several roles, the first of these."""
