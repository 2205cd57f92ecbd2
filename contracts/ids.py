"""Names for ids, so that a beneficiary is never passed where a book is meant; and how a new id is made."""

import secrets
import time
from typing import NewType
from uuid import UUID

AccountId = NewType("AccountId", UUID)
BeneficiaryId = NewType("BeneficiaryId", UUID)
BookId = NewType("BookId", UUID)
BookingId = NewType("BookingId", UUID)
CentreId = NewType("CentreId", UUID)
MediatorId = NewType("MediatorId", UUID)
NoticeId = NewType("NoticeId", UUID)
OfferId = NewType("OfferId", UUID)
PrescriberId = NewType("PrescriberId", UUID)
RequestId = NewType("RequestId", UUID)
SessionId = NewType("SessionId", UUID)
SignInId = NewType("SignInId", UUID)
SpaceId = NewType("SpaceId", UUID)
TrainingId = NewType("TrainingId", UUID)
VoucherId = NewType("VoucherId", UUID)

ALL = (
    AccountId,
    BeneficiaryId,
    BookId,
    BookingId,
    CentreId,
    MediatorId,
    NoticeId,
    OfferId,
    PrescriberId,
    RequestId,
    SessionId,
    SignInId,
    SpaceId,
    TrainingId,
    VoucherId,
)
RANDOM_BITS = 74


def uuid7() -> UUID:
    """Make a UUIDv7 (RFC 9562 §5.7): 48 bits of Unix milliseconds, then random; Python has its own from 3.14 on."""
    milliseconds = time.time_ns() // 1_000_000
    random = secrets.randbits(RANDOM_BITS)
    high = milliseconds << 16 | 0x7 << 12 | random >> 62
    low = 0b10 << 62 | random & ((1 << 62) - 1)
    return UUID(int=high << 64 | low)
