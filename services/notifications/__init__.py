"""Notifications: what residents are told, when, and what became of it.

Owns notices: their schedule, text and delivery, the list of those whom a person must call, the providers' state and
what people stopped. Publishes `notice.*` and `contact.opted_out` on notifications.events. Consumes prescription (books,
centres, who was merged or erased), the contacts (how to reach each person), catalogue (sessions, mediators) and booking
(who goes where and when, what is left in a book); a notice waits until all it speaks of is known.
"""
