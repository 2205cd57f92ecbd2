"""What every service stands on: transactions, outbox and relay, intake and parking, pages, health.

It knows the contracts and no service. A service's `app.py` puts these parts together; see `runtime`.
"""
