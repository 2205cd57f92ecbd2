"""What agents and residents may do about messages, as the journal calls it. Rules 21 to 27."""

from chassis.journal import Act

OUTCOMES = {
    "reached": "jointe",
    "no_answer": "pas de réponse",
    "message_left": "message laissé",
    "wrong_number": "faux numéro",
}

CALLED = Act("called", "a noté un appel {to}", "notice", words=OUTCOMES)
DONE = Act("notice_done", "a noté comme fait ce qui attendait pour {who}", "notice")
POSTED = Act("letters_posted", "a noté des courriers comme postés")
REPLY_READ = Act("reply_read", "a noté une réponse comme lue", "reply")
REPLY_STOPS = Act("reply_stops", "a arrêté des SMS, à cause d'une réponse", "reply")
OPENED = Act("messages_opened", "a dit pourquoi ouvrir les messages {de}")
STOPPED = Act("stopped", "a arrêté des messages, par le lien")
PROVIDER_RESTORED = Act("provider_restored", "a rendu sa part à un fournisseur", "provider", by="name")
BUDGET_RAISED = Act("budget_raised", "a permis plus de SMS à un fournisseur", "provider", by="name")

CALLS_READ = Act("calls_read", "a lu la liste des appels à faire", reading=True)
LETTERS_READ = Act("letters_read", "a lu la liste des courriers à poster", reading=True)
LETTERS_PRINTED = Act("letters_printed", "a imprimé des courriers", reading=True)
LETTER_READ = Act("letter_read", "a lu un courrier", "notice", reading=True)
MESSAGES_READ = Act("messages_read", "a lu la liste des messages", reading=True)
FAILURES_READ = Act("failures_read", "a lu la liste des échecs", reading=True)
PERSON_READ = Act("person_read", "a lu les messages {de}", reading=True)

ACTS = tuple(act for act in vars().copy().values() if isinstance(act, Act))
