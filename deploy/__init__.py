"""How the system is run: on one machine, in containers, on a cluster."""
