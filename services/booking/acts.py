"""What agents and residents may do in booking, as the journal calls it. Rules 16 to 19 and 27."""

from chassis.journal import Act
from services.booking.wording import STATES

BOOKED = Act("booked", "a réservé une séance pour {who}", "booking")
CANCELLED = Act(
    "booking_cancelled", "a annulé la réservation {de}", "booking", facts=("state",), words={"cancelled": ""}
)
WAITS = Act("waiting_joined", "a inscrit {who} en liste d'attente", "session")
LEFT = Act("waiting_left", "a retiré {who} de la liste d'attente", "session")
OFFER_ACCEPTED = Act("offer_accepted", "a accepté la place proposée {to}", "booking")
OFFER_DECLINED = Act("offer_declined", "a refusé la place proposée {to}", "booking")
MARKED = Act("attendance_marked", "a noté si {who} était là", "booking", facts=("state",), words=STATES)
EVERYONE_MARKED = Act("everyone_marked", "a noté présentes toutes les personnes d'une séance", "session")
GIVEN_BACK = Act("vouchers_given_back", "a rendu les chèques {de}", "booking")

CANCELLED_BY_LINK = Act("cancelled_by_link", "a annulé, par le lien, la réservation {de}", "booking")
ACCEPTED_BY_LINK = Act("offer_accepted_by_link", "a accepté, par le lien, la place proposée {to}", "booking")
DECLINED_BY_LINK = Act("offer_declined_by_link", "a refusé, par le lien, la place proposée {to}", "booking")

FILE_ACCEPTED = Act("file_accepted", "a repris le dossier {de}")
FILE_HANDED_OVER = Act("file_handed_over", "a transmis le dossier {de}", "mediator")
NEEDS_NOTED = Act("needs_noted", "a noté les besoins {de}")
PLAN_CHANGED = Act("plan_changed", "a changé le parcours {de}")
CALLED = Act("called", "a noté un appel {to}")

HOME_READ = Act("desk_read", "a lu sa liste de dossiers", reading=True)
FILE_READ = Act("file_read", "a lu le dossier {de}", reading=True)
LEDGER_READ = Act("ledger_read", "a lu le registre des chèques {de}", reading=True)
PLAN_READ = Act("plan_read", "a lu le parcours {de}", reading=True)
PERSON_READ = Act("person_read", "a lu la page {de}", reading=True)
CENTRE_READ = Act("centre_read", "a lu les séances de son centre", reading=True)
SHEET_READ = Act("sheet_read", "a lu la feuille de présence", "session", reading=True)
SHEET_PRINTED = Act("sheet_printed", "a imprimé la feuille de présence", "session", reading=True)
INVITED_READ = Act("invited_read", "a lu qui peut être inscrit à une séance", "session", reading=True)

ACTS = tuple(act for act in vars().copy().values() if isinstance(act, Act))
