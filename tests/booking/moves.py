"""Random legal and illegal moves of a few people between a few sessions."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from chassis.refusal import Refusal
from contracts.ids import BeneficiaryId, BookId, VoucherId, uuid7
from contracts.words import Actor
from services.booking.model import Booking, Cause, Session, WaitingPerson, Wallet, attendance
from tests.booking.events import scheduled
from tests.booking.on_paper import POLICY

START = datetime(2026, 11, 24, 9, tzinfo=UTC)
BY = Actor(kind="mediator", id=UUID(int=3))
PEOPLE, SESSIONS = 4, 3
TALLY = {"moves": 0, "refused": 0}


class Hours(RuleBasedStateMachine):
    """Four people, three sessions of two seats that overlap in part, and everything that may be tried."""

    @initialize()
    def begin(self) -> None:
        self.now = START
        self.wallets = [self._wallet(number) for number in range(PEOPLE)]
        self.sessions = [self._session(number) for number in range(SESSIONS)]
        self.bookings: list[Booking] = []
        self.waiting: list[tuple[int, WaitingPerson]] = []

    def _wallet(self, number: int) -> Wallet:
        return Wallet.empty(BeneficiaryId(UUID(int=number)))

    def _session(self, number: int) -> Session:
        starts = START + timedelta(hours=8 * (number + 1) - number * 7.5)
        return Session.from_event(scheduled(starts, capacity=2, hours=1 + number % 2))

    def _tried(self, attempt: object) -> None:
        TALLY["moves"] += 1
        try:
            attempt()  # type: ignore[operator]
        except Refusal:
            TALLY["refused"] += 1

    def _cause(self) -> Cause:
        return Cause("au hasard", BY, self.now)

    def _of(self, booking: Booking) -> tuple[Session, Wallet, Cause]:
        session = next(session for session in self.sessions if session.id == booking.session_id)
        wallet = next(wallet for wallet in self.wallets if wallet.beneficiary_id == booking.beneficiary_id)
        return session, wallet, Cause("au hasard", BY, self.now, booking.id)

    def _seats(self, wallet: Wallet) -> list[Booking]:
        mine = [booking for booking in self.bookings if booking.beneficiary_id == wallet.beneficiary_id]
        return [booking for booking in mine if seated(booking)]

    @rule(who=st.integers(0, PEOPLE - 1))
    def receive_a_book(self, who: int) -> None:
        wallet = self.wallets[who]
        if len(wallet.vouchers) < 15:
            ids = [VoucherId(uuid7()) for _ in range(5)]
            wallet.receive(BookId(uuid7()), len(wallet.vouchers) // 5 + 1, ids, self._cause())

    @rule(who=st.integers(0, PEOPLE - 1), where=st.integers(0, SESSIONS - 1))
    def book(self, who: int, where: int) -> None:
        wallet, session = self.wallets[who], self.sessions[where]

        def attempt() -> None:
            booking = Booking.take_seat(session, wallet, self._seats(wallet), self._cause(), POLICY)
            if booking not in self.bookings:
                self.bookings.append(booking)

        self._tried(attempt)

    @rule(data=st.data(), organiser=st.booleans())
    def cancel(self, data: st.DataObject, *, organiser: bool) -> None:
        if self.bookings:
            booking = data.draw(st.sampled_from(self.bookings))
            session, wallet, cause = self._of(booking)
            by = Actor(kind="organiser") if organiser else BY
            self._tried(lambda: booking.cancel(session, wallet, Cause(cause.reason, by, self.now, booking.id), POLICY))

    @rule(data=st.data(), attended=st.booleans())
    def mark(self, data: st.DataObject, *, attended: bool) -> None:
        if self.bookings:
            booking = data.draw(st.sampled_from(self.bookings))
            _, wallet, cause = self._of(booking)
            others = [other for other in self.bookings if other.state == "attended" and other is not booking]
            mine = [other for other in others if other.beneficiary_id == booking.beneficiary_id]
            attempt = attendance.attend if attended else attendance.miss
            more = () if attended else (POLICY, mine)
            self._tried(lambda: attempt(booking, wallet, cause, *more))

    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        if self.bookings:
            booking = data.draw(st.sampled_from(self.bookings))
            _, wallet, cause = self._of(booking)
            self._tried(lambda: attendance.give_back(booking, wallet, cause))

    @rule(who=st.integers(0, PEOPLE - 1), where=st.integers(0, SESSIONS - 1))
    def offer(self, who: int, where: int) -> None:
        session, wallet = self.sessions[where], self.wallets[who]
        known = {
            booking.beneficiary_id for booking in self.bookings if booking.session_id == session.id and seated(booking)
        }
        if session.free and session.state == "scheduled" and wallet.beneficiary_id not in known:
            person = WaitingPerson.joined(session, wallet.beneficiary_id, self.now)
            person.leaves(session, "booked")
            if made := Booking.offer(session, person, self._cause(), POLICY):
                self.bookings.append(made[0])

    @rule(data=st.data(), accept=st.booleans())
    def answer(self, data: st.DataObject, *, accept: bool) -> None:
        offers = [booking for booking in self.bookings if booking.state == "offered"]
        if offers:
            booking = data.draw(st.sampled_from(offers))
            session, wallet, cause = self._of(booking)
            if accept:
                self._tried(lambda: booking.accept(session, wallet, self._seats(wallet), cause))
            else:
                booking.end_offer(session, "declined")

    @rule(who=st.integers(0, PEOPLE - 1), state=st.sampled_from(["void", "expired"]))
    def close_a_book(self, who: int, state: str) -> None:
        wallet = self.wallets[who]
        vouchers = wallet.of_book(wallet.vouchers[0].book_id) if wallet.vouchers else []
        for voucher in vouchers:
            voucher.ends_as = state  # type: ignore[assignment]
        left = [voucher for voucher in vouchers if voucher.state == "available"]
        wallet.move(left, state, self._cause())  # type: ignore[arg-type]

    @rule(where=st.integers(0, SESSIONS - 1), capacity=st.integers(1, 4))
    def resize(self, where: int, capacity: int) -> None:
        session = self.sessions[where]
        state = scheduled(session.starts_at, capacity=capacity, hours=session.price, version=session.version + 1)
        session.apply(state.model_copy(update={"session_id": session.id}))

    @rule(minutes=st.integers(1, 180))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)


def seated(booking: Booking) -> bool:
    return booking.state in {"offered", "confirmed"}
