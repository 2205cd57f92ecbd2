"""The French words of coded values."""

OUTCOMES = {"created": "créés", "changed": "modifiés", "unchanged": "inchangés", "refused": "refusés"}
SEVERITIES = {"refused": "refusé", "dropped": "valeur laissée", "mended": "corrigé", "doubled": "doublon possible"}
AUDIENCES = {
    "farmer": "agriculteurs et agricultrices",
    "senior": "personnes âgées",
    "job_seeker": "personnes en recherche d'emploi",
    "young": "jeunes",
    "social_minima": "bénéficiaires des minima sociaux",
    "other": "autres publics",
}
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
