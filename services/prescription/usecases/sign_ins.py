"""What happens to sign-ins."""

from datetime import datetime

from chassis import sign_ins
from chassis.db import Transaction
from contracts.accounts import SignInEnded
from contracts.ids import SignInId


async def end_sign_in(tx: Transaction, sign_in_id: SignInId, ends_at: datetime) -> None:
    """End it here and in all services; twice is once. `ends_at`: when it would have ended by itself."""
    await sign_ins.publish_and_apply(tx, SignInEnded(sign_in_id=sign_in_id, ends_at=ends_at))
