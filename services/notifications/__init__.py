"""Notifications: what residents are told, when, and what became of it.

Owns notices: their schedule, their text, their delivery, and the list of those whom a person must call. Says `notice.*`
on notifications.events. Hears prescription (books, centres), the contacts (how to reach each person), catalogue
(sessions, mediators) and booking (who goes where and when); keeps what it heard until the rest comes.
"""
