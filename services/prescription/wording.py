"""The French words of coded values, in the order in which forms offer them."""

from county import wording

NEEDS = tuple(wording.NEEDS.items())
AUDIENCES = (
    ("farmer", "Agriculteur ou agricultrice"),
    ("senior", "Senior"),
    ("job_seeker", "En recherche d'emploi"),
    ("young", "Jeune"),
    ("social_minima", "Bénéficiaire de minima sociaux"),
    ("other", "Autre"),
)
CHANNELS = (
    ("sms", "SMS (téléphone mobile français)"),
    ("email", "E-mail"),
    ("letter", "Courrier"),
    ("call", "À appeler : une personne téléphone"),
)
START_AGAIN = {
    "sms": "La personne veut de nouveau recevoir des SMS",
    "email": "La personne veut de nouveau recevoir des e-mails",
    "letter": "La personne veut de nouveau recevoir des courriers",
    "call": "La personne veut de nouveau être appelée",
}
LANGUAGES = (("fluent", "À l'aise en français"), ("basic", "Français simple"), ("interpreter", "Interprète utile"))
KINDS = (
    ("social_centre", "Centre social"),
    ("cms", "Centre médico-social"),
    ("france_services", "France Services"),
    ("msa", "MSA"),
    ("chamber_of_agriculture", "Chambre d'agriculture"),
    ("town_hall", "Mairie"),
    ("other", "Autre"),
)
SUPPORT = tuple(wording.SUPPORT.items())
CHANGE_REASONS = (
    ("mistake", "erreur de saisie"),
    ("not_present", "la personne n'était pas là"),
    ("lost", "chéquier perdu ou abîmé"),
    ("gone", "la personne a quitté la Drôme"),
    ("renounced", "la personne ne souhaite plus venir"),
    ("other", "autre raison"),
)
CHANGES = {"cancelled": "chéquier annulé", "given_back": "heure rendue", "voided": "chèque annulé"}
VOUCHERS = wording.VOUCHERS
BOOK_STATES = {"active": "en cours", "cancelled": "annulé", "expired": "périmé"}
BOOKING_STATES = {"confirmed": "réservée", "cancelled": "annulée", "attended": "suivie", "missed": "absence"}
ERASURE_REASONS = (
    ("wish", "elle ne veut plus que nous gardions ses données"),
    ("renounced", "elle ne souhaite plus venir"),
    ("gone", "elle a quitté la Drôme"),
    ("deceased", "elle est décédée, sa famille le demande"),
    ("mistake", "sa fiche est une erreur, ou faite sans son accord"),
)
URGENT_REASONS = (
    ("danger", "garder ses données la met en danger"),
    ("ordered", "la justice ou la CNIL l'ordonne"),
)
ALL_ERASURE_REASONS = (*ERASURE_REASONS, *URGENT_REASONS, ("restored", "reprise après une restauration de la base"))
ERASURE_STATES = {
    "pending": "demandé",
    "due": "à effacer maintenant",
    "executed": "effacé",
    "withdrawn": "annulé",
}
ERASURE_CAUSES = {"asked": "à la demande de la personne", "retention": "fin de la durée de conservation"}
BECAUSE = {
    "name_and_birth": "même nom, même date de naissance",
    "phone": "même téléphone",
    "email": "même e-mail",
    "name": "presque le même nom, même date de naissance",
}
OUTCOMES = {"merged": "fiches réunies", "distinct": "deux personnes distinctes", "same": "même personne, rien à réunir"}
READ_AS = {
    "opened": "raison donnée",
    "page": "fiche lue",
    "api": "fiche lue par un logiciel",
    "book": "chéquier imprimé",
    "copy": "copie des données",
    "unbooked": "vue dans la liste à relancer",
    "doubles": "comparée avec une autre fiche",
    "changed": "fiche modifiée",
}
ROLES = (("administrator", "Administrateur"), ("prescriber", "Prescripteur"), ("mediator", "Médiateur numérique"))
GIVEN_ROLES = (
    ("prescriber", "Prescripteur : inscrit des personnes et prescrit des chéquiers"),
    ("administrator", "Administrateur : centres, comptes, catalogue, pilotage"),
)
ACCOUNT_STATES = (("invited", "invité"), ("active", "en service"), ("suspended", "suspendu"), ("closed", "fermé"))
STATE_TAGS = {"invited": "is-wait", "active": "is-ok", "suspended": "is-late", "closed": ""}
FIELDS = {
    "first_name": "Prénom",
    "last_name": "Nom",
    "birth_name": "Nom de naissance",
    "moved_away": "N'habite plus la Drôme",
    "birth_date": "Date de naissance",
    "commune_insee": "Commune",
    "phone": "Téléphone",
    "email": "E-mail",
    "postal_address": "Adresse postale",
    "channel": "À prévenir par",
    "start_again": "Messages voulus de nouveau",
    "audiences": "Situation",
    "msa": "MSA",
    "language_level": "Langue",
    "support_needs": "Pour être à l'aise",
    "preferred_centre_id": "Centre qui la suit",
    "why": "Raison",
    "reason": "Raison",
    "note": "Précision",
    "need": "Besoin principal",
    "voucher_id": "Chèque",
    "kept_id": "Fiche à garder",
    "merged_id": "Fiche à réunir",
    "name": "Nom",
    "kind": "Choix",
    "centre_id": "Centre",
    "active": "Peut prescrire",
    "roles": "Fonctions",
    "centre_ids": "Centres",
    "depuis": "Depuis",
    "par": "Par",
}
CHAPTERS = (
    ("Qui vous êtes, et comment on vous joint", "prescription.record notifications.contact notifications.opt_outs"),
    (
        "Vos chéquiers et vos heures",
        "prescription.books prescription.vouchers prescription.changes booking.wallet booking.vouchers booking.ledger",
    ),
    ("Vos séances", "booking.bookings booking.absences booking.waiting"),
    ("Votre médiateur numérique", "booking.file booking.file_moves booking.plan booking.flags"),
    ("Vos messages", "notifications.notices notifications.replies"),
    ("Qui a lu quoi", "prescription.readings notifications.readings notifications.openings"),
    ("Qui a fait quoi", "prescription.journal booking.journal notifications.journal"),
    ("Effacement demandé", "prescription.erasure_requests"),
    ("Fiches réunies ou comparées", "prescription.merges prescription.doubles booking.aliases"),
)
"""Of a person's copy, with the sections of each: by service, as that one names them."""
OTHER_CHAPTER = "Ce qu'un service sait par un autre"
SERVICES = {
    "prescription": "Prescription",
    "catalogue": "Catalogue",
    "booking": "Réservation",
    "notifications": "Messages",
}
PHONE_KINDS = {"mobile": "mobile", "landline": "fixe : pas de SMS", "foreign": "étranger ou outre-mer : pas de SMS"}
NOTICES = wording.NOTICES


def of(words: tuple[tuple[str, str], ...], key: str) -> str:
    return dict(words).get(key, key)
