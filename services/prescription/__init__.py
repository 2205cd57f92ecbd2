"""Prescription: who may have hours, and how many.

Owns centres, prescribers, beneficiaries (all personal data) and voucher books: the right to hours, eight books a life.
Publishes `centre.*`, `beneficiary.*` and `book.*` on prescription.events, and how to reach a person on
prescription.contacts. Consumes booking.events (what became of the vouchers, and when the sessions are),
notifications.events (messages that did not arrive, opt-outs), and each service's answer to an erasure.
"""
