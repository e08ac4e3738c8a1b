"""An issuer of OpenID Connect tokens on a loopback port, over TLS, with keys that it can change."""

from __future__ import annotations

import json
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from .certificates import Certificates


class Issuer:
    """It signs what it is told to, and publishes its configuration and keys."""

    def __init__(self, certificates: Certificates) -> None:
        self.asked: list[str] = []
        self._generation = 0
        self.renew()
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked.append(self.path)
                document = issuer.document(self.path)
                body = json.dumps(document).encode()
                self.send_response(404 if document is None else 200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Quiet: the requests are in `asked`."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates.certificate, certificates.private_key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"https://localhost:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def renew(self) -> None:
        """Changes the keys: tokens signed by the former ones prove nothing any more."""
        self._generation += 1
        self._keys = {
            "RS256": rsa.generate_private_key(public_exponent=65537, key_size=2048),
            "ES256": ec.generate_private_key(ec.SECP256R1()),
        }

    def key_set(self) -> dict[str, Any]:
        """The public keys as a JSON Web Key Set."""
        forms = {"RS256": RSAAlgorithm, "ES256": ECAlgorithm}
        keys = [
            {**forms[name].to_jwk(key.public_key(), as_dict=True), "kid": self._kid(name), "use": "sig"}
            for name, key in self._keys.items()
        ]
        return {"keys": keys}

    def document(self, path: str) -> Any:
        documents = {
            "/.well-known/openid-configuration": {"issuer": self.url, "jwks_uri": f"{self.url}/keys"},
            "/keys": self.key_set(),
        }
        return documents.get(path)

    def token(self, algorithm: str = "RS256", **claims: Any) -> str:
        """A token for `client` about `job`, unless the claims say otherwise."""
        now = int(time.time())
        said = {"iss": self.url, "sub": "job", "aud": "client", "iat": now, "exp": now + 300, **claims}
        return jwt.encode(said, self._keys[algorithm], algorithm, headers={"kid": self._kid(algorithm)})

    def _kid(self, algorithm: str) -> str:
        return f"{algorithm}-{self._generation}"

    def __enter__(self) -> Issuer:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
