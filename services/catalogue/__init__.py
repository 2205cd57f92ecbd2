"""Catalogue: trainings, labelled spaces, mediators, sessions.

Owns what may be followed, where, with whom and when. Says `training.*`, `space.*`, `label.*`, `mediator.*` and
`session.*` on catalogue.events. Hears prescription (centres: where to ask for a book) and booking (how many seats are
taken). Reads and writes places in the national standard.
"""
