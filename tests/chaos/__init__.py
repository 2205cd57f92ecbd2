"""Faults at random against the whole system, judged from outside: a model in Go, the audit, the telephones."""
