-- name: centres
SELECT id, version, name, phone, is_open FROM centres
-- name: people
SELECT id, version, channel, first_name, upper(left(last_name, 1)) AS last_initial, phone, email,
    coalesce(preferred_centre_id, centre_id) AS centre_id, wallet_version, hours_followed
FROM beneficiaries
-- name: books
SELECT b.id, b.beneficiary_id, b.available, b.held, b.consumed, b.void, b.expired,
    array_agg(v.id ORDER BY v.position) AS vouchers
FROM books b JOIN vouchers v ON v.book_id = b.id GROUP BY b.id
-- name: bookings
SELECT id, beneficiary_id, state, starts_at FROM bookings WHERE ends_at > $1::timestamptz
-- name: merges
SELECT merged_id, kept_id FROM merges
-- name: erasures
SELECT beneficiary_id AS id FROM erasures WHERE closed_at IS NULL
