-- name: trainings
SELECT id, version, published, title, hours FROM trainings
-- name: mediators
SELECT id, version, name, phone, space_ids, in_post FROM mediators
-- name: sessions
SELECT id, version, state, training_id, space_id, mediator_id, starts_at, ends_at, told_capacity AS capacity,
    fill_version, seats_given - cardinality(seats_back) - offered AS taken, offered, waiting
FROM sessions
-- name: seats
SELECT s.id, count(b.id) FILTER (WHERE b.state IN ('confirmed', 'attended', 'missed')) AS taken,
    count(b.id) FILTER (WHERE b.state = 'offered') AS offered,
    (SELECT count(*) FROM waiting w WHERE w.session_id = s.id) AS waiting
FROM sessions s LEFT JOIN bookings b ON b.session_id = s.id GROUP BY s.id
-- name: wallets
SELECT w.beneficiary_id AS id, w.version, w.hours_followed,
    (SELECT coalesce(sum(b.price), 0) FROM bookings b
     WHERE b.beneficiary_id = w.beneficiary_id AND b.state = 'attended') AS attended
FROM wallets w
-- name: books
SELECT book_id AS id, min(beneficiary_id::text)::uuid AS beneficiary_id, array_agg(id ORDER BY position) AS vouchers,
    count(DISTINCT beneficiary_id) AS owners
FROM vouchers GROUP BY book_id
-- name: vouchers
SELECT book_id AS id, count(*) FILTER (WHERE state = 'available') AS available,
    count(*) FILTER (WHERE state = 'held') AS held, count(*) FILTER (WHERE state = 'consumed') AS consumed,
    count(*) FILTER (WHERE state = 'void') AS void, count(*) FILTER (WHERE state = 'expired') AS expired
FROM vouchers GROUP BY book_id
-- name: ledger
SELECT v.book_id AS id, count(*) FILTER (WHERE state_after = 'available') AS available,
    count(*) FILTER (WHERE state_after = 'held') AS held, count(*) FILTER (WHERE state_after = 'consumed') AS consumed,
    count(*) FILTER (WHERE state_after = 'void') AS void, count(*) FILTER (WHERE state_after = 'expired') AS expired
FROM (SELECT DISTINCT ON (voucher_id) voucher_id, state_after FROM ledger ORDER BY voucher_id, number DESC) AS newest
JOIN vouchers v ON v.id = newest.voucher_id GROUP BY v.book_id
-- name: held
SELECT b.id, count(v.id) AS vouchers, b.price
FROM bookings b LEFT JOIN vouchers v ON v.booking_id = b.id AND v.state = 'held'
WHERE b.state = 'confirmed' GROUP BY b.id
-- name: bookings
SELECT id, beneficiary_id, state, starts_at FROM bookings
WHERE state IN ('confirmed', 'cancelled', 'attended', 'missed') AND ends_at > $1::timestamptz
-- name: people
SELECT beneficiary_id AS id, contact_version AS version, channel, first_name, last_initial FROM people
WHERE contact_version > 0
-- name: aliases
SELECT merged_id, kept_id FROM aliases
