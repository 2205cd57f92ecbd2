"""Kafka and PostgreSQL as in life: TLS everywhere, a user for each, and nobody may do more than is written down."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trustme
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from chassis.bus import Bus
from deploy.local.kafka import PROPERTIES, Kafka
from deploy.local.postgres import Postgres

USERS = ("prescription", "catalogue", "booking", "notifications", "partner")
ADMINISTRATOR = "admin"

SECURITY = """\
process.roles=broker,controller
listeners=SASL_SSL://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=SASL_SSL://127.0.0.1:{port}
listener.security.protocol.map=SASL_SSL:SASL_SSL,CONTROLLER:SSL
inter.broker.listener.name=SASL_SSL
sasl.enabled.mechanisms=SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule \
required username="admin" password="{password}";
ssl.keystore.type=PEM
ssl.keystore.location={folder}/kafka.pem
ssl.truststore.type=PEM
ssl.truststore.location={ca}
listener.name.controller.ssl.client.auth=required
ssl.principal.mapping.rules=RULE:^.*CN=([^,]*).*$/$1/,DEFAULT
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:admin;User:kafka
"""
"""The controller's listener lets in who has a certificate: the node itself, whose name is «kafka»."""

HBA = """\
hostssl all all 127.0.0.1/32 scram-sha-256
"""


@dataclass
class Certificates:
    """An authority of our own; `file` is what those who trust it are given."""

    folder: Path
    authority: trustme.CA = field(default_factory=trustme.CA)

    @property
    def file(self) -> Path:
        path = self.folder / "ca.pem"
        if not path.exists():
            self.authority.cert_pem.write_to_path(path)
        return path

    def key_and_chain(self, name: str) -> tuple[bytes, bytes]:
        """Of a server on this machine. The key is as Java wants it too: PKCS 8."""
        certificate = self.authority.issue_cert("127.0.0.1", common_name=name)
        key = load_pem_private_key(certificate.private_key_pem.bytes(), None)
        chain = b"".join(blob.bytes() for blob in certificate.cert_chain_pems)
        return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), chain


@dataclass
class SecuredKafka(Kafka):
    certificates: Certificates
    password: str

    def properties(self) -> str:
        (self.folder / "kafka.pem").write_bytes(b"".join(self.certificates.key_and_chain("kafka")))
        named = {"port": self.port, "controller": self.controller_port, "folder": self.folder}
        ours = SECURITY.format(**named, ca=self.certificates.file, password=self.password)
        changed = {line.partition("=")[0] for line in ours.splitlines()}
        lines = PROPERTIES.format(**named).splitlines()
        return "\n".join([*(line for line in lines if line.partition("=")[0] not in changed), ours])

    def first_users(self) -> list[str]:
        added = [f"SCRAM-SHA-512=[name={name},password={self.password_of(name)}]" for name in (ADMINISTRATOR, *USERS)]
        return [part for one in added for part in ("--add-scram", one)]

    def password_of(self, name: str) -> str:
        return self.password if name == ADMINISTRATOR else f"{name}-{self.password}"

    def bus(self, name: str, **changed: Any) -> Bus:
        """As the user of that name reaches it."""
        known = {"username": name, "password": self.password_of(name), "ca_file": str(self.certificates.file)}
        return Bus(bootstrap=self.bootstrap, **(known | changed))

    def client(self) -> dict[str, Any]:
        return self.bus(ADMINISTRATOR).client()


@dataclass
class SecuredPostgres(Postgres):
    """Nobody gets in without TLS and a password."""

    certificates: Certificates = field(kw_only=True)

    def settings(self) -> dict[str, str]:
        key, chain = self.certificates.key_and_chain("postgres")
        for name, content in {"server.key": key, "server.crt": chain, "pg_hba.conf": HBA.encode()}.items():
            path = self.folder / "data" / name
            path.touch(mode=0o600)
            path.write_bytes(content)
            os.chown(path, self.user, self.user)
        return super().settings() | {"ssl": "on", "fsync": "off"}

    @property
    def dsn(self) -> str:
        return f"{super().dsn}?{self.verified}"

    def url(self, name: str, role: str = "") -> str:
        return f"{super().url(name, role)}?{self.verified}"

    @property
    def verified(self) -> str:
        return f"sslmode=verify-full&sslrootcert={self.certificates.file}"
