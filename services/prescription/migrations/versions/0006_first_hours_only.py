"""Days to the first hour are of those who had one: `greatest` of zero and of nothing is zero, and was counted."""

from alembic import op

revision = "0006"
down_revision = "0005"

FACTS = """
CREATE OR REPLACE VIEW facts AS
SELECT book.beneficiary_id,
    date_trunc('month', book.prescribed_at AT TIME ZONE 'Europe/Paris')::date AS month,
    book.centre_id, book.epci, book.audiences, 1 AS books, book.consumed AS used, 0 AS hours,
    CASE WHEN person.first_hour_on IS NOT NULL
            AND row_number() OVER (PARTITION BY book.beneficiary_id ORDER BY book.prescribed_at) = 1
        THEN greatest(0, person.first_hour_on - (book.prescribed_at AT TIME ZONE 'Europe/Paris')::date) END AS days
FROM books AS book JOIN beneficiaries AS person ON person.id = book.beneficiary_id
WHERE book.state <> 'cancelled'
UNION ALL
SELECT person.id, date_trunc('month', booking.held_on)::date,
    person.centre_id, person.epci, person.audiences, 0, 0, booking.hours, NULL
FROM bookings AS booking JOIN beneficiaries AS person ON person.id = booking.beneficiary_id
WHERE booking.hours > 0
UNION ALL
SELECT NULL, month, centre_id, epci, audiences, books, used, hours, days FROM past_figures
"""
OF_THE_ERASED = "UPDATE past_figures SET days = NULL WHERE days = 0 AND books = 1 AND used = 0"


def upgrade() -> None:
    op.execute(FACTS)
    op.execute(OF_THE_ERASED)
