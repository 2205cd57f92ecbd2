"""Catalogue: trainings, labelled spaces, mediators, sessions.

Owns what may be followed, where, with whom and when. Publishes `training.*`, `space.*`, `label.*`, `mediator.*` and
`session.*` on catalogue.events. Consumes prescription (centres: where to ask for a book) and booking (seats that are
taken). Reads and writes places in the national standard.
"""
