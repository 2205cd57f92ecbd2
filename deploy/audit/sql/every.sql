-- name: outbox
SELECT count(*) FROM outbox
-- name: parked
SELECT count(*) FROM parked WHERE state = 'waiting'
