"""What booking stores of a person, in words that they read: the part of the copy that they may ask for. Rule 27."""

from collections.abc import Iterator, Sequence

from chassis.french import counted, day, moment
from contracts.copies import CopyLine, CopySection
from county.communes import name_of
from county.copies import journal, line, named
from services.booking import acts, wording
from services.booking.model import Booking, FileMove, Flag, LedgerEntry, Person, Session, TroubledNotice, Wallet
from services.booking.queries.histories import Stored

YOU = "vous"


def sections(stored: Stored) -> Sequence[CopySection]:
    return [
        _section("wallet", "Vos heures et vos absences, comptées", "Rien n'est compté.", _counts(stored.wallet)),
        _section("vouchers", "Où en est chaque chèque", "Aucun chèque.", _vouchers(stored)),
        _section("ledger", "Chaque mouvement de vos chèques", "Aucun mouvement.", _moves(stored)),
        _section("bookings", "Chaque séance", "Aucune séance.", _bookings(stored)),
        _section("absences", "Vos absences", "Aucune absence.", _absences(stored)),
        _section("waiting", "Les listes d'attente où vous êtes", "Aucune liste d'attente.", _waits(stored)),
        _section("file", "Votre dossier chez le médiateur numérique", "Aucun dossier.", _file(stored)),
        _section("file_moves", "Qui a suivi votre dossier", "Personne encore.", _followers(stored)),
        _section("plan", "Votre parcours : les formations prévues", "Aucune formation prévue.", _plan(stored)),
        _section("flags", "Quand on a demandé de vous appeler", "Jamais.", [_flag(flag) for flag in stored.flags]),
        _section(
            "known_notices",
            "Les messages qui ne sont pas arrivés, connus de votre médiateur",
            "Aucun.",
            [_notice(notice) for notice in stored.notices],
        ),
        _section("known_person", "Ce que le médiateur voit de vous", "Rien.", _person(stored.person)),
        journal(acts.ACTS, stored.journal, stored.person.name if stored.person else YOU),
        _section("aliases", "Fiches réunies", "Aucune autre fiche n'a été réunie à la vôtre.", _merged(stored)),
    ]


def _section(name: str, title: str, none: str, lines: Sequence[CopyLine] | Iterator[CopyLine]) -> CopySection:
    return CopySection(name=name, title=title, none=none, lines=tuple(lines))


def _counts(wallet: Wallet | None) -> Sequence[CopyLine]:
    if wallet is None:
        return ()
    hours = ("Première heure", "Dernière heure"), (wallet.first_hour_on, wallet.last_hour_on)
    facts = ("hours_followed", "first_hour_on", "last_hour_on", "absences", "late_cancellations")
    return named(
        [
            ("Heures suivies", str(wallet.hours_followed)),
            *((label, day(on) if on else "pas encore") for label, on in zip(*hours, strict=True)),
            ("Absences comptées", str(wallet.absences)),
            ("Annulations tardives comptées", str(wallet.late_cancellations)),
        ],
        {name: getattr(wallet, name) for name in facts},
    )


def _vouchers(stored: Stored) -> Iterator[CopyLine]:
    for voucher in sorted(stored.vouchers, key=lambda voucher: (voucher.rank, voucher.position)):
        words = f"Chéquier {voucher.rank}, chèque {voucher.position} : {wording.STATES[voucher.state]}."
        yield line(words, book=voucher.rank, position=voucher.position, state=voucher.state, becomes=voucher.ends_as)


def _moves(stored: Stored) -> Iterator[CopyLine]:
    places = {voucher.id: (voucher.rank, voucher.position) for voucher in stored.vouchers}
    sessions = {booking.id: session for booking, session in stored.bookings}
    for move in sorted(stored.ledger, key=lambda move: (move.at, places[move.voucher_id], move.number)):
        (rank, position), session = places[move.voucher_id], sessions.get(move.booking_id) if move.booking_id else None
        about = f" ({session.training_title}, {moment(session.starts_at)})" if session else ""
        words = (
            f"{moment(move.at)} : chéquier {rank}, chèque {position} : {_change(move)}. "
            f"Raison : {move.reason}{about}. Par {_actor(stored, move)}."
        )
        yield line(
            words,
            at=move.at,
            book=rank,
            position=position,
            before=move.state_before,
            after=move.state_after,
            reason=move.reason,
            by=_actor(stored, move),
        )


def _change(move: LedgerEntry) -> str:
    after = wording.STATES[move.state_after]
    return f"{wording.STATES[move.state_before]}, puis {after}" if move.state_before else f"reçu, {after}"


def _actor(stored: Stored, of: LedgerEntry | Booking) -> str:
    name = stored.mediators.get(of.by_id) if of.by_id else None
    return wording.ACTORS[of.by_kind] + (f" ({name})" if name else "")


def _bookings(stored: Stored) -> Iterator[CopyLine]:
    for booking, session in reversed(stored.bookings):
        yield line(
            f"{_what(session, booking)} : {wording.STATES[booking.state]}, {counted(booking.price, 'chèque')}. "
            f"Demandée le {moment(booking.booked_at)} par {_actor(stored, booking)}.{_besides(booking)}",
            training=session.training_title,
            place=session.place["name"],
            commune=session.place["commune"],
            starts_at=booking.starts_at,
            ends_at=booking.ends_at,
            state=booking.state,
            vouchers=booking.price,
            booked_at=booking.booked_at,
            by=_actor(stored, booking),
            offered_until=booking.offered_until,
            moved_at=booking.moved_at,
            late_at=booking.late_at,
        )


def _what(session: Session, booking: Booking) -> str:
    return (
        f"{moment(booking.starts_at)}, {session.training_title}, {session.place['name']} ({session.place['commune']})"
    )


def _besides(booking: Booking) -> str:
    remarks = [
        f"Place gardée pour vous jusqu'au {moment(booking.offered_until)}." if booking.offered_until else "",
        f"L'heure ou le lieu a changé le {moment(booking.moved_at)}." if booking.moved_at else "",
        f"Annulée tard, le {moment(booking.late_at)}." if booking.late_at else "",
    ]
    return "".join(f" {remark}" for remark in remarks if remark)


def _absences(stored: Stored) -> Iterator[CopyLine]:
    """Who cancelled late counts as absent too."""
    for booking, session in reversed(stored.bookings):
        if booking.state == "missed" or booking.late_at:
            spent = booking.id in stored.spent
            cost = "les chèques ont été comptés" if spent else "excusée, les chèques ont été rendus"
            why = "absence" if booking.state == "missed" else "annulation tardive"
            yield line(f"{_what(session, booking)} : {why}, {cost}.", starts_at=booking.starts_at, excused=not spent)


def _waits(stored: Stored) -> Iterator[CopyLine]:
    for place, session in stored.waits:
        yield line(
            f"{session.training_title}, {moment(session.starts_at)}, {session.place['name']} : place {place.place} "
            f"de la liste, depuis le {moment(place.joined_at)}.",
            training=session.training_title,
            starts_at=session.starts_at,
            place=place.place,
            joined_at=place.joined_at,
        )


def _file(stored: Stored) -> Sequence[CopyLine]:
    if not (file := stored.file):
        return ()
    needs = " ; ".join(wording.NEEDS[need] for need in file.needs)
    mediator = stored.mediators.get(file.mediator_id, "") if file.mediator_id else ""
    facts = ("state", "opened_at", "proposed_at", "accepted_at", "needs", "level")
    return named(
        [
            ("Médiateur", mediator or "pas encore trouvé"),
            ("Ouvert le", moment(file.opened_at)),
            ("Repris le", moment(file.accepted_at) if file.accepted_at else "pas encore repris"),
            ("Vos besoins", needs or "pas encore notés"),
            ("Votre niveau", wording.LEVELS[file.level] if file.level else "pas encore noté"),
        ],
        {"mediator": mediator, **{name: getattr(file, name) for name in facts}},
    )


def _followers(stored: Stored) -> Iterator[CopyLine]:
    for move in stored.moves:
        who = stored.mediators.get(move.mediator_id, "un médiateur")
        to = stored.mediators.get(move.to_mediator_id, "un autre médiateur") if move.to_mediator_id else None
        words = f"{moment(move.at)} : {_followed(move, who, to)}."
        yield line(words, at=move.at, what=move.what, mediator=who, to=to, reason=move.reason, seconds=move.delay_s)


def _followed(move: FileMove, who: str, to: str | None) -> str:
    lasted = wording.lasting(move.delay_s or 0)
    if move.what == "handed_over":
        return f"{who} a transmis votre dossier à {to} ({move.reason}), après l'avoir suivi {lasted}"
    return f"proposé à {who}" if move.what == "proposed" else f"repris par {who}, en {lasted}"


def _plan(stored: Stored) -> Iterator[CopyLine]:
    for place, training_id in enumerate(stored.file.plan if stored.file else (), 1):
        training = stored.plan.get(training_id)
        title = training.title if training else "formation pas encore connue"
        yield line(f"{place}. {title}", place=place, training=title)


def _flag(flag: Flag) -> CopyLine:
    since = f"{moment(flag.raised_at)} : {wording.FLAGS[flag.reason]}, un appel est demandé."
    done = f" Fait le {moment(flag.settled_at)} par {flag.settled_by}." if flag.settled_at else " Pas encore fait."
    facts = ("reason", "raised_at", "settled_at", "settled_by")
    return line(since + done, **{name: getattr(flag, name) for name in facts})


def _notice(notice: TroubledNotice) -> CopyLine:
    words = f"{moment(notice.recorded_at)} : {wording.NOTICES[notice.kind]} ({notice.reason})."
    facts = {name: getattr(notice, name) for name in ("kind", "to_call", "reason")}
    return line(words, heard_at=notice.recorded_at, **facts)


def _person(person: Person | None) -> Sequence[CopyLine]:
    if person is None:
        return ()
    support = ", ".join(wording.SUPPORT[need] for need in person.support_needs)
    facts = ("first_name", "last_initial", "channel", "commune_insee", "audiences", "support_needs", "interpreter")
    return named(
        [
            ("Nom", person.name),
            ("Commune", name_of(person.commune_insee) if person.commune_insee else "pas encore reçue"),
            ("À prévenir", wording.CHANNELS[person.channel] if person.channel else "pas encore reçu"),
            ("Pour être à l'aise", support or "rien de particulier"),
            ("Interprète utile", "oui" if person.interpreter else "non"),
        ],
        {name: getattr(person, name) for name in facts},
    )


def _merged(stored: Stored) -> Sequence[CopyLine]:
    many = counted(stored.merged, "autre fiche a été réunie", "autres fiches ont été réunies")
    return [line(f"{many} à la vôtre.".capitalize(), records=stored.merged)] if stored.merged else ()
