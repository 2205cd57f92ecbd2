-- name: centres
SELECT id, version, name, phone FROM centres
-- name: mediators
SELECT id, version, name, phone FROM mediators
-- name: sessions
SELECT id, version, mediator_id, starts_at, ends_at FROM sessions
-- name: contacts
SELECT beneficiary_id AS id, version, channel, first_name, last_initial, phone, email, centre_id FROM contacts
-- name: books
SELECT id, beneficiary_id, available, version FROM books
-- name: bookings
SELECT id, beneficiary_id, state, starts_at, edition FROM bookings WHERE ends_at > $1::timestamptz
-- name: notices
SELECT about_id AS id, kind, max(edition) AS edition, count(*) FILTER (WHERE rank = 0) AS planned
FROM notices WHERE beneficiary_id <> '00000000-0000-0000-0000-000000000000' GROUP BY about_id, kind
-- name: sent
SELECT id, state IN ('sent', 'delivered') AND provider IS NOT NULL AND sent_at > $1::timestamptz + interval '70 days' AS has_left
FROM notices WHERE beneficiary_id <> '00000000-0000-0000-0000-000000000000'
-- name: merged
SELECT merged_id, kept_id FROM merged
-- name: leaving
SELECT n.id, n.due_at FROM notices n
WHERE n.state = 'sending' OR (n.state = 'scheduled' AND n.channel IS DISTINCT FROM 'call'
    AND EXISTS (SELECT FROM contacts c WHERE c.beneficiary_id = n.beneficiary_id))
