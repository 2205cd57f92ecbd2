"""The French words of coded values."""

OUTCOMES = {
    "created": ("créé", "créés"),
    "changed": ("modifié", "modifiés"),
    "unchanged": ("inchangé", "inchangés"),
    "refused": ("refusé", "refusés"),
    "older": ("plus ancien que notre fiche, laissé", "plus anciens que notre fiche, laissés"),
    "merged": ("même lieu qu'un autre, laissé", "mêmes lieux que d'autres, laissés"),
    "missing": ("absent de la liste", "absents de la liste"),
    "outside": ("hors de la Drôme, laissé", "hors de la Drôme, laissés"),
    "by_page": ("écrit par une personne, laissé", "écrits par une personne, laissés"),
}
SEVERITIES = {
    "refused": "refusé",
    "dropped": "valeur laissée",
    "mended": "corrigé",
    "doubled": "doublon possible",
    "stays": "notre valeur reste",
}
AUDIENCES = {
    "farmer": "agriculteurs et agricultrices",
    "senior": "personnes âgées",
    "job_seeker": "personnes en recherche d'emploi",
    "young": "jeunes",
    "social_minima": "bénéficiaires des minima sociaux",
    "other": "autres publics",
}
# Reasons, chosen and never typed (docs/decisions/0051).
CHANGES = (
    "la salle n'est plus libre",
    "le lieu est fermé ce jour-là",
    "le médiateur n'est pas disponible",
    "à la demande des personnes inscrites",
    "matériel ou connexion en panne",
    "erreur de saisie",
)
CANCELLATIONS = (
    "le médiateur n'est pas disponible",
    "le lieu est fermé ce jour-là",
    "trop peu de personnes inscrites",
    "matériel ou connexion en panne",
    "intempéries ou route coupée",
    "erreur de saisie",
)
DONE = {"put_on": "proposée", "changed": "changée", "cancelled": "annulée"}
CHANGED = {"time": "l'heure", "place": "le lieu", "mediator": "le médiateur", "capacity": "les places"}
CHANGED |= {"training": "la formation"}
WRITTEN_HERE = "saisi ici"  # the source of a place that no file has
# Reasons that the service gives by itself.
PLACE_CORRECTED = "l'adresse du lieu est corrigée"
MORE_THAN_KNOWN = "plus de personnes inscrites que de places"
THEMES = {
    "premiers-pas": "Premiers pas",
    "courriel": "E-mail",
    "ordinateur": "Ordinateur",
    "texte": "Écrire et calculer",
    "internet": "Internet",
    "connexion": "Wifi et connexion",
    "smartphone": "Smartphone",
    "photos": "Photos",
    "visio": "Appels vidéo",
    "securite": "Sécurité",
    "impots": "Impôts",
    "demarches": "Démarches",
    "sante": "Santé",
    "emploi": "Emploi",
    "famille": "Famille et école",
    "achats-banque": "Achats et banque",
    "loisirs": "Loisirs et culture",
    "environnement": "Environnement et réemploi",
    "agriculture": "Agriculture",
}
DRAWINGS = {
    "premiers-pas": "internet",
    "courriel": "courriel",
    "ordinateur": "internet",
    "texte": "emploi",
    "internet": "internet",
    "connexion": "internet",
    "smartphone": "telephone",
    "photos": "famille",
    "visio": "famille",
    "securite": "securite",
    "impots": "demarches",
    "demarches": "demarches",
    "sante": "sante",
    "emploi": "emploi",
    "famille": "famille",
    "achats-banque": "argent",
    "loisirs": "famille",
    "environnement": "argent",
    "agriculture": "ferme",
}
"""Which drawing stands for a theme: `theme-….svg` of the pages' look."""
SUBJECTS = (
    ("courriel", "E-mail et messages", "Créer son adresse, écrire, envoyer une photo"),
    ("smartphone", "Téléphone et tablette", "Régler, faire de la place, appeler en vidéo"),
    ("demarches", "Démarches en ligne", "CAF, retraite, carte grise"),
    ("securite", "Arnaques et sécurité", "Reconnaître un piège, choisir un mot de passe"),
    ("agriculture", "Ferme et exploitation", "PAC, MSA, facture électronique"),
    ("achats-banque", "Banque et achats", "Consulter ses comptes, acheter, vendre"),
    ("emploi", "Emploi", "CV, candidature, espace personnel"),
    ("photos", "Photos et famille", "Trier, partager, imprimer"),
    ("connexion", "Internet chez soi", "Wifi, box, choisir son abonnement"),
    ("sante", "Santé", "Rendez-vous, Mon espace santé, remboursements"),
)
"""The themes that the first page of the catalogue shows, how it calls them, and what one learns there."""
THEMATIQUES = {
    "numerique--acceder-a-des-services-en-ligne": "accéder à des services en ligne",
    "numerique--acceder-a-une-connexion-internet": "accéder à une connexion internet",
    "numerique--acquerir-un-equipement": "acquérir un équipement",
    "numerique--maitriser-les-fondamentaux-du-numerique": "maîtriser les fondamentaux du numérique",
}
