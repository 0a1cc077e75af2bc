"""Hosts on this machine that speak TLS, with certificates of an authority of our own."""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_USES = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
_SIGNS = x509.KeyUsage(
    **dict.fromkeys(_USES, False), key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False
)


class Handler(BaseHTTPRequestHandler):
    """Notes what reached it, on its server."""

    def do_HEAD(self) -> None:
        self._answer(200)

    def do_POST(self) -> None:
        self._answer(404)

    def _answer(self, status: int) -> None:
        self.server.seen.append((self.command, self.path, self.headers.get("content-type", "")))  # type: ignore[attr-defined]
        self.send_response(status)
        self.send_header("x-door", "the mark")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the test's output is its own."""


class Host(HTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[tuple[str, str, str]] = []

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A handshake that the other side breaks off is what some tests want."""


class Authority:
    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
        built = (
            self._built(self._name, self._key, timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_SIGNS, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
        )
        self._certificate = built.sign(self._key, hashes.SHA256())

    def trusted(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.load_verify_locations(cadata=_pem(self._certificate).decode())
        return context

    @contextmanager
    def host(self, *, name: str = "localhost", days: float = 30) -> Iterator[Host]:
        with _serving(self._server_context(name, timedelta(days=days))) as host:
            yield host

    def _server_context(self, name: str, valid: timedelta) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        built = self._built(subject, key, valid).add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False
        )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "host.pem"
            file.write_bytes(private + _pem(built.sign(self._key, hashes.SHA256())))
            context.load_cert_chain(file)
        return context

    def _built(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, valid: timedelta) -> x509.CertificateBuilder:
        now = datetime.now(UTC)  # a certificate is judged by the machine's own clock
        signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=60))
            .not_valid_after(now + valid)
            .add_extension(signer, critical=False)
        )


@contextmanager
def plain_host() -> Iterator[Host]:
    with _serving(None) as host:
        yield host


@contextmanager
def _serving(tls: ssl.SSLContext | None) -> Iterator[Host]:
    host = Host()
    if tls is not None:
        host.socket = tls.wrap_socket(host.socket, server_side=True)
    Thread(target=host.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield host
    finally:
        host.shutdown()
        host.server_close()


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)
