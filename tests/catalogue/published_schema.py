"""The published table schema of «lieux de médiation numérique» 1.0.2, its facts written anew for frictionless.

Its patterns are held against whole values here; «Étapes numériques (La Poste)» is written with its space, which the
published pattern has lost and the national model has.
"""

from typing import Any

REQUIRED = ("id", "pivot", "nom", "commune", "code_postal", "adresse", "date_maj")
FIELDS = [
    "id",
    "pivot",
    "nom",
    "commune",
    "code_postal",
    "code_insee",
    "adresse",
    "complement_adresse",
    "latitude",
    "longitude",
    "typologie",
    "telephone",
    "courriels",
    "site_web",
    "horaires",
    "presentation_resume",
    "presentation_detail",
    "source",
    "itinerance",
    "structure_parente",
    "date_maj",
    "services",
    "publics_specifiquement_adresses",
    "prise_en_charge_specifique",
    "frais_a_charge",
    "dispositif_programmes_nationaux",
    "formations_labels",
    "autres_formations_labels",
    "modalites_acces",
    "modalites_accompagnement",
    "fiche_acces_libre",
    "prise_rdv",
]
TYPES = {"latitude": "number", "longitude": "number", "date_maj": "date"}
PATTERNS = {
    "pivot": r"[a-zA-Z0-9]{9,14}",
    "code_postal": r"\d{5}",
    "code_insee": r"([013-9]\d|2[AB1-9])\d{3}",
    "telephone": r"\+(33|590|594|262|596|269|687|689|508|681)\d{6,9}",
}
WORDS = {
    "itinerance": ("Itinérant", "Fixe"),
    "services": (
        "Aide aux démarches administratives",
        "Maîtrise des outils numériques du quotidien",
        "Insertion professionnelle via le numérique",
        "Utilisation sécurisée du numérique",
        "Parentalité et éducation avec le numérique",
        "Loisirs et créations numériques",
        "Compréhension du monde numérique",
        "Accès internet et matériel informatique",
        "Acquisition de matériel informatique à prix solidaire",
    ),
    "publics_specifiquement_adresses": ("Jeunes", "Étudiants", "Familles et/ou enfants", "Seniors", "Femmes"),
    "prise_en_charge_specifique": (
        "Surdité",
        "Handicaps moteurs",
        "Handicaps mentaux",
        "Illettrisme",
        "Langues étrangères \\(anglais\\)",
        "Langues étrangères \\(autres\\)",
        "Déficience visuelle",
    ),
    "frais_a_charge": ("Gratuit", "Gratuit sous condition", "Payant"),
    "modalites_acces": (
        "Se présenter",
        "Téléphoner",
        "Contacter par mail",
        "Prendre un RDV en ligne",
        "Ce lieu n'accueille pas de public",
        "Envoyer un mail avec une fiche de prescription",
    ),
    "modalites_accompagnement": (
        "En autonomie",
        "Accompagnement individuel",
        "Dans un atelier collectif",
        "À distance",
    ),
    "dispositif_programmes_nationaux": (
        "Aidants Connect",
        "Bibliothèques numérique de référence",
        "Certification PIX",
        "Conseillers numériques",
        "Emmaüs Connect",
        "France Services",
        "Grande école du numérique",
        "La Croix Rouge",
        "Point d'accès numérique CAF",
        "Promeneurs du net",
        "Relais numérique \\(Emmaüs Connect\\)",
    ),
    "formations_labels": (
        "Formé à « Mon Espace Santé »",
        "Formé à « DUPLEX » \\(illettrisme\\)",
        "Arnia/MedNum BFC \\(Bourgogne-Franche-Comté\\)",
        "Collectif ressources et acteurs réemploi \\(Normandie\\)",
        "Étapes numériques \\(La Poste\\)",
        "Fabriques de Territoire",
        "Les Éclaireurs du numérique \\(Drôme\\)",
        "Mes Papiers \\(Métropole de Lyon\\)",
        "ORDI 3\\.0",
        "SUD LABS \\(PACA\\)",
    ),
}


def descriptor() -> dict[str, Any]:
    """As frictionless reads it."""
    return {"fields": [_field(name) for name in FIELDS], "primaryKey": ["id"]}


def _field(name: str) -> dict[str, Any]:
    constraints: dict[str, Any] = {"required": True} if name in REQUIRED else {}
    if name == "id":
        constraints["unique"] = True
    if name == "presentation_resume":
        constraints["maxLength"] = 280
    pattern = PATTERNS.get(name) or (_several(WORDS[name]) if name in WORDS else "")
    if pattern:
        constraints["pattern"] = f"^(?:{pattern})$"
    return {"name": name, "type": TYPES.get(name, "string"), "constraints": constraints}


def _several(words: tuple[str, ...]) -> str:
    word = f"(?:{'|'.join(words)})"
    return rf"{word}(?:\|{word})*"
