"""What agents may do in the catalogue, as the journal calls it. Rules 10 to 13 and 19."""

from chassis.journal import Act

SESSION_PUT_ON = Act("session_put_on", "a créé une séance", "session")
SESSION_CHANGED = Act("session_changed", "a changé une séance", "session")
SESSION_CANCELLED = Act("session_cancelled", "a annulé une séance", "session")
SERIES_PUT_ON = Act("series_put_on", "a créé plusieurs séances à la fois", "series")
FEED_OF_SPACE_RENEWED = Act("space_feed_renewed", "a changé l'adresse de l'agenda d'un espace", "space")
FEED_OF_MEDIATOR_RENEWED = Act("mediator_feed_renewed", "a changé l'adresse de l'agenda d'un médiateur", "mediator")

PLACES_IMPORTED = Act("places_imported", "a importé un fichier de lieux", words={"True": "à l'essai", "False": ""})
DOUBLE_ANSWERED = Act("double_answered", "a décidé si deux lieux sont le même")
SPACE_ADDED = Act("space_added", "a ajouté un espace", "space")
SPACE_CORRECTED = Act("space_corrected", "a corrigé un espace", "space")
SPACE_CLOSED = Act("space_closed", "a fermé un espace", "space")
SPACE_REOPENED = Act("space_reopened", "a rouvert un espace", "space")
LABEL_GIVEN = Act("label_given", "a donné un label à un espace", "space")
LABEL_ENDED = Act("label_ended", "a fixé la fin du label d'un espace", "space")
MEDIATOR_WRITTEN = Act("mediator_written", "a enregistré un médiateur", "mediator")
TRAINING_WRITTEN = Act("training_written", "a publié une formation", "training", by="code")
TRAINING_WITHDRAWN = Act("training_withdrawn", "a retiré une formation", "training", by="code")

ACTS = tuple(act for act in vars().copy().values() if isinstance(act, Act))
