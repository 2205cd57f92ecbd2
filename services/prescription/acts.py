"""What agents may do in prescription, as the journal calls it. Rules 1 to 9 and 27."""

from chassis.journal import Act

CORRECTIONS = {"given_back": "heure rendue", "voided": "chèque annulé"}

REGISTERED = Act("registered", "a inscrit {who}", "person")
CHANGED = Act("record_changed", "a changé la fiche {de}")
CLAIMED = Act("claimed", "a demandé de décider si deux fiches sont la même personne", "double")
OPENED = Act("record_opened", "a dit pourquoi ouvrir la fiche {de}")
COPY_ASKED = Act("copy_asked", "a demandé la copie des données {de}")
MERGED = Act("records_merged", "a réuni deux fiches {de}", "person")
DISTINCT = Act("declared_distinct", "a décidé que deux fiches sont deux personnes", "double")
SAME = Act("declared_same", "a décidé qu'une demande était une personne connue", "double")
ERASURE_REQUESTED = Act("erasure_requested", "a demandé l'effacement {de}", "erasure", by="number")
ERASURE_WITHDRAWN = Act("erasure_withdrawn", "a annulé la demande d'effacement {de}", "erasure", by="number")
ERASED = Act("erased", "a effacé une personne", "erasure", by="number", anonymous=True)

PRESCRIBED = Act("book_prescribed", "a prescrit un chéquier {to}", "book")
BOOK_CANCELLED = Act("book_cancelled", "a annulé un chéquier {de}", "book")
BOOK_CORRECTED = Act("book_corrected", "a corrigé un chéquier {de}", "book", words=CORRECTIONS)

CENTRE_WRITTEN = Act("centre_written", "a ouvert ou changé un centre", "centre")
CENTRE_CLOSED = Act("centre_closed", "a fermé un centre", "centre")
PRESCRIBER_WRITTEN = Act("prescriber_written", "a nommé ou changé un prescripteur", "prescriber")

ACCOUNT_INVITED = Act("account_invited", "a invité un agent", "account")
ACCOUNT_CHANGED = Act("account_changed", "a changé le compte d'un agent", "account")
ACCOUNT_SUSPENDED = Act("account_suspended", "a suspendu le compte d'un agent", "account")
ACCOUNT_RESUMED = Act("account_resumed", "a remis en service le compte d'un agent", "account")
ACCOUNT_CLOSED = Act("account_closed", "a fermé le compte d'un agent", "account")
INVITED_AGAIN = Act("invited_again", "a invité un agent de nouveau", "account")

SEARCHED = Act("searched", "a ouvert la recherche", words={"yes": "a cherché une personne"}, reading=True)
RECORD_READ = Act("record_read", "a lu la fiche {de}", reading=True)
BOOK_PRINTED = Act("book_printed", "a imprimé un chéquier {de}", "book", reading=True)
COPY_HANDED = Act("copy_handed", "a ouvert la copie des données {de}", reading=True)
UNBOOKED_READ = Act("unbooked_read", "a lu la liste des personnes à relancer", reading=True)
DOUBLES_READ = Act("doubles_read", "a comparé des fiches qui se ressemblent", reading=True)

ACTS = tuple(act for act in vars().copy().values() if isinstance(act, Act))
