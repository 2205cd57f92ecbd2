"""How to reach Kafka, as settings; the same for what is published and what is consumed."""

import asyncio
import ssl
from typing import Any

from aiokafka.conn import create_conn
from aiokafka.errors import KafkaError
from faststream.security import BaseSecurity, SASLScram512
from pydantic import BaseModel, ConfigDict, SecretStr

from chassis import private

ANSWERS_WITHIN = 3.0  # seconds


class Bus(BaseModel):
    """With a user, SCRAM-SHA-512; with a CA file, TLS."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    bootstrap: str
    """Lists Kafka's brokers as host:port, comma-separated."""
    username: str = ""
    """Is the user at Kafka (SCRAM-SHA-512)."""
    password: SecretStr = SecretStr("")
    """Is that user's password."""
    ca_file: str = ""
    """Names the authorities that Kafka's certificate is of; with it, TLS."""

    @property
    def tls(self) -> ssl.SSLContext | None:
        return ssl.create_default_context(cafile=self.ca_file) if self.ca_file else None

    def client(self) -> dict[str, Any]:
        """Return the keyword arguments of any aiokafka client."""
        encrypted = "SSL" if self.ca_file else "PLAINTEXT"
        arguments: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap,
            "ssl_context": self.tls,
            "security_protocol": f"SASL_{encrypted}" if self.username else encrypted,
        }
        if self.username:
            arguments |= {
                "sasl_mechanism": "SCRAM-SHA-512",
                "sasl_plain_username": self.username,
                "sasl_plain_password": self.password.get_secret_value(),
            }
        return arguments

    def security(self) -> BaseSecurity:
        """Return the same for FastStream."""
        if not self.username:
            return BaseSecurity(ssl_context=self.tls, use_ssl=bool(self.ca_file))
        password = self.password.get_secret_value()
        return SASLScram512(self.username, password, ssl_context=self.tls, use_ssl=bool(self.ca_file))

    async def why_unreachable(self) -> str:
        """Say what aiokafka writes into its log alone.

        How the first server refuses our password, or we its certificate.
        """
        arguments = self.client()
        host, _, port = arguments.pop("bootstrap_servers").partition(",")[0].rpartition(":")
        try:
            connection = await asyncio.wait_for(create_conn(host, int(port), **arguments), ANSWERS_WITHIN)
        except (OSError, KafkaError, TimeoutError) as error:
            return f"Kafka ne répond pas : {type(error).__name__} : {error}"
        connection.close()
        return ""


private.wait_for_a_broker()
