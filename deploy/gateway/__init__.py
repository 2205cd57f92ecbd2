"""The one address in front of the four services: which path is whose, and what a gateway is told of it.

`claims` makes the routing table from the applications' own routes, `written` the files from it: `routing.json`, Caddy's
and nginx's configuration, and the pages that a gateway shows by itself. `python -m deploy.gateway` writes them anew.
"""
