"""Every service answers an erasure on its own topic; prescription closes the request when all have. Rule 27."""

from typing import Literal

from contracts.event import Event
from contracts.ids import BeneficiaryId

ServiceName = Literal["prescription", "catalogue", "booking", "notifications"]


class ErasureCompleted(Event):
    beneficiary_id: BeneficiaryId
    service: ServiceName
