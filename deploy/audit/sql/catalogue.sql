-- name: centres
SELECT id, version, name, phone, open FROM centres
-- name: trainings
SELECT id, version, state <> 'withdrawn' AS published, title, hours FROM trainings
-- name: spaces
SELECT id, version, state = 'closed' AS closed, seats FROM spaces
-- name: mediators
SELECT id, version, name, phone, space_ids, in_post FROM mediators
-- name: sessions
SELECT id, version, state, training_id, space_id, mediator_id, lower(during) AS starts_at, upper(during) AS ends_at,
    capacity, taken, waiting, fill_version
FROM sessions
