"""Version 0.1 of the standard put into the fields and words of version 1.0.

Built from the words of the published v0.1 list and from what real files hold. Two translations are judgements:
«publics accueillis» said who is welcome, its successor says for whom alone a place works, so a place that welcomes
adults addresses nobody in particular; and «Adhésion» is a condition set on what is then free.
"""

from collections.abc import Iterator, Mapping

from chassis.plain import plain
from services.catalogue.standards.place import LISTS
from services.catalogue.standards.record import RawRecord

NEW_NAMES: Mapping[str, str] = {
    "courriel": "courriels",
    "publics_accueillis": "publics_specifiquement_adresses",
    "conditions_acces": "frais_a_charge",
    "conditions_access": "frais_a_charge",
    "labels_nationaux": "dispositif_programmes_nationaux",
    "labels_autres": "autres_formations_labels",
    "accessibilite": "fiche_acces_libre",
}

QUOTIDIEN = "Maîtrise des outils numériques du quotidien"
DEMARCHES = "Aide aux démarches administratives"
COMPREHENSION = "Compréhension du monde numérique"
EMPLOI = "Insertion professionnelle via le numérique"
ACCES = "Accès internet et matériel informatique"
SPECIFIC = "prise_en_charge_specifique"

Target = tuple[str, str] | None
"""A field and a word of version 1.0; None when the word has nothing left to say."""

_SERVICES = {
    "Prendre en main un smartphone ou une tablette": QUOTIDIEN,
    "Prendre en main un ordinateur": QUOTIDIEN,
    "Utiliser le numérique au quotidien": QUOTIDIEN,
    "Devenir autonome dans les démarches administratives": DEMARCHES,
    "Réaliser des démarches administratives avec un accompagnement": DEMARCHES,
    "Accompagner les démarches de santé": DEMARCHES,
    "Approfondir ma culture numérique": COMPREHENSION,
    "Promouvoir la citoyenneté numérique": COMPREHENSION,
    "Favoriser mon insertion professionnelle": EMPLOI,
    "Créer et développer mon entreprise": EMPLOI,
    "Soutenir la parentalité et l'éducation avec le numérique": "Parentalité et éducation avec le numérique",
    "Créer avec le numérique": "Loisirs et créations numériques",
    "Accéder à du matériel": ACCES,
    "Accéder à une connexion internet": ACCES,
    "S'équiper en matériel informatique": "Acquisition de matériel informatique à prix solidaire",
}
_SUPPORT = {
    "Seul": "En autonomie",
    "Avec de l'aide": "Accompagnement individuel",
    "A ma place": "Accompagnement individuel",
    "Dans un atelier": "Dans un atelier collectif",
    "A distance": "À distance",
}
_FEES = {"Adhésion": "Gratuit sous condition", "Pass numérique": "Gratuit sous condition"}
_LABELS = {
    "CNFS": "Conseillers numériques",
    "Point relais CAF": "Point d'accès numérique CAF",
    "Point numérique CAF": "Point d'accès numérique CAF",
    "Grandes écoles du numérique": "Grande école du numérique",
}
_PUBLICS: Mapping[str, Target] = {
    "Adultes": None,
    "Familles/enfants": ("publics_specifiquement_adresses", "Familles et/ou enfants"),
    "Jeunes (16-26 ans)": ("publics_specifiquement_adresses", "Jeunes"),
    "Seniors (+ 65 ans)": ("publics_specifiquement_adresses", "Seniors"),
    "Uniquement femmes": ("publics_specifiquement_adresses", "Femmes"),
    "Surdité": (SPECIFIC, "Surdité"),
    "Déficience visuelle": (SPECIFIC, "Déficience visuelle"),
    "Handicaps mentaux": (SPECIFIC, "Handicaps mentaux"),
    "Handicaps psychiques": (SPECIFIC, "Handicaps mentaux"),
    "Personnes en situation d'illettrisme": (SPECIFIC, "Illettrisme"),
    "Public langues étrangères": (SPECIFIC, "Langues étrangères (autres)"),
}


def _plainly(words: Mapping[str, Target]) -> Mapping[str, Target]:
    return {plain(word): target for word, target in words.items()}


def _within(field: str, words: Mapping[str, str]) -> Mapping[str, Target]:
    return _plainly({old: (field, new) for old, new in words.items()})


TARGETS: Mapping[str, Mapping[str, Target]] = {
    "services": _within("services", _SERVICES),
    "modalites_accompagnement": _within("modalites_accompagnement", _SUPPORT),
    "conditions_acces": _within("frais_a_charge", _FEES),
    "conditions_access": _within("frais_a_charge", _FEES),
    "labels_nationaux": _within("dispositif_programmes_nationaux", _LABELS),
    "publics_accueillis": _plainly(_PUBLICS),
}


def in_new_words(record: RawRecord) -> dict[str, list[str]]:
    """Map every field to its words, one for a plain field. What is not known of version 0.1 stays as it is."""
    fields: dict[str, list[str]] = {}
    for field, word in _words(record):
        target = _target(field, word)
        if target and target[1] not in fields.setdefault(target[0], []):
            fields[target[0]].append(target[1])
    if "adultes" in map(plain, _cut(record, "publics_accueillis")):
        fields.pop("publics_specifiquement_adresses", None)
    return fields


def _words(record: RawRecord) -> Iterator[tuple[str, str]]:
    for field, text in record.values.items():
        if NEW_NAMES.get(field, field) in LISTS:
            yield from ((field, word) for word in _cut(record, field))
        elif text.strip():
            yield field, text


def _cut(record: RawRecord, field: str) -> list[str]:
    text = record.values.get(field, "")
    for separator in record.separators[1:]:
        text = text.replace(separator, record.separators[0])
    return [word.strip() for word in text.split(record.separators[0]) if word.strip()]


def _target(field: str, word: str) -> Target:
    """«Gratuit : Je peux accéder…» is known by what stands before the colon."""
    targets = TARGETS.get(field)
    if targets is None:
        return NEW_NAMES.get(field, field), word
    short = word.split(" : ", maxsplit=1)[0]
    return targets.get(plain(short), (NEW_NAMES.get(field, field), short))
