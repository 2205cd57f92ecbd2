"""The images of PostgreSQL and Kafka, made of the same pinned artifacts as the servers from packages.

`python -m deploy.compose.images` builds both on a Debian of our own making (debootstrap, so as root), or on the image
that `--base` names. They answer to the variables that matter of the public images, and so can stand in for them.
"""

from deploy.local.artifacts import version_of

POSTGRES = f"pass-numerique/postgres:{version_of('embedded-postgres-binaries')}"
KAFKA = f"pass-numerique/kafka:{version_of('kafka_2.13')}"
BASE = "pass-numerique/debian:13"
