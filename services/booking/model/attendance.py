"""Who was there: vouchers are spent or given back; mistakes are mended and absences forgiven with a reason. Rule 17."""

from collections.abc import Iterable

from contracts.booking import BookingAttended, BookingMissed
from contracts.words import VoucherState
from services.booking.model.booking import Booking
from services.booking.model.ledger import Cause
from services.booking.model.refusals import AlreadyMarked, NothingToGiveBack, NotStarted, ReasonMissing
from services.booking.model.wallet import Wallet
from services.booking.policy import BookingPolicy


def attend(booking: Booking, wallet: Wallet, cause: Cause) -> BookingAttended:
    """Mark as attended. Raises NotStarted, AlreadyMarked; ReasonMissing, NotEnoughVouchers if it mends an absence."""
    _check(booking, cause, not_yet="attended")
    held = wallet.of_booking(booking.id)
    if booking.state == "missed":
        spent = wallet.of_booking(booking.id, "consumed")
        held = [] if spent else wallet.hold(booking.price, cause)
        wallet.absences -= 1
    wallet.move(held, "consumed", cause)
    booking.state = "attended"
    wallet.followed(booking.price, booking.day)
    return BookingAttended(**booking.who(), vouchers_consumed=booking.price, on=booking.day)


def miss(
    booking: Booking, wallet: Wallet, cause: Cause, policy: BookingPolicy, others: Iterable[Booking] = ()
) -> BookingMissed:
    """The first absence gives the vouchers back, the next ones spend them.

    `others`: the person's other attended bookings, when an attendance is mended. Raises as `attend`.
    """
    _check(booking, cause, not_yet="missed")
    vouchers = [*wallet.of_booking(booking.id), *wallet.of_booking(booking.id, "consumed")]
    if booking.state == "attended":
        wallet.not_followed(booking.price, booking.day, [other.day for other in others])
    wallet.absences += 1
    forgiven = wallet.misses <= policy.absences_forgiven
    after: VoucherState = "available" if forgiven else "consumed"
    wallet.move([voucher for voucher in vouchers if voucher.state != after], after, cause)
    booking.state = "missed"
    spent = 0 if forgiven else len(vouchers)
    return BookingMissed(**booking.who(), vouchers_consumed=spent, absences=wallet.misses, on=booking.day)


def give_back(booking: Booking, wallet: Wallet, cause: Cause) -> None:
    """A person overrules: the hours that an absence or a late cancellation cost are given back."""
    _check_reason(cause)
    spent = wallet.of_booking(booking.id, "consumed")
    if booking.state == "attended" or not spent:
        raise NothingToGiveBack
    wallet.move(spent, "available", cause)


def never_noted(booking: Booking, wallet: Wallet, cause: Cause) -> None:
    """Nobody said who was there: the vouchers come back, and it counts neither as an hour nor as an absence."""
    wallet.move(wallet.of_booking(booking.id), "available", cause)
    booking.state = "missed"


def _check(booking: Booking, cause: Cause, *, not_yet: str) -> None:
    if booking.state not in {"confirmed", "attended", "missed"} or booking.state == not_yet:
        raise AlreadyMarked
    if cause.at < booking.starts_at:
        raise NotStarted
    if booking.state != "confirmed":
        _check_reason(cause)


def _check_reason(cause: Cause) -> None:
    """What changes an earlier decision says why."""
    if len(cause.reason.strip()) < 3:  # noqa: PLR2004 - less says nothing
        raise ReasonMissing
