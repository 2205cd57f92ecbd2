"""Booking: seats and hours.

Owns wallets (each voucher's state and its ledger), seats, bookings, waiting lists, files and learning plans,
attendance: a booking is one local transaction, never a saga. Publishes `booking.*`, `wallet.changed`, `waiting.*`,
`session.filled` and `file.*` on booking.events. Consumes prescription (books, residents), the contacts (a first name
for the sheet), catalogue (sessions, mediators) and notifications (messages that did not arrive).
"""
