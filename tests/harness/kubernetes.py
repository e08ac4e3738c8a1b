"""An API server in the shape of Kubernetes': Secrets, and Deployments whose pods read one as they start.

It does what matters to whoever writes to it: merge patches, resource versions, generations that a controller observes
a moment later, and rollouts that take a while. Pods keep what they were started with.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ROLLOUT_SECONDS = 1.5
REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"


def merge(into: dict[str, Any], patch: dict[str, Any]) -> None:
    """RFC 7396."""
    for name, value in patch.items():
        if isinstance(value, dict):
            merge(into.setdefault(name, {}), value)
        elif value is None:
            into.pop(name, None)
        else:
            into[name] = value


class Kubernetes:
    """A cluster with one namespace, `shop`, and one Deployment, `orders`, that reads the Secret `orders-aws`."""

    def __init__(self, token: str) -> None:
        self.token = token
        self.secrets: dict[str, dict[str, Any]] = {}
        # What the pods were started with.
        self.environment: dict[str, str] = {}
        self.secret_writes = 0
        self.rollouts = 0
        self._version = 1
        self._lock = threading.RLock()
        self.deployment = {
            "metadata": {"name": "orders", "generation": 1},
            "spec": {"replicas": 2, "template": {"metadata": {}}},
            "status": {"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2},
        }
        cluster = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                if self.headers.get("authorization") != f"Bearer {cluster.token}":
                    status, reply = 401, {"kind": "Status", "reason": "Unauthorized"}
                else:
                    with cluster._lock:
                        patch = self.headers.get("content-type")
                        assert self.command != "PATCH" or patch == "application/merge-patch+json"
                        status, reply = cluster.serve(self.command, self.path, json.loads(body or "{}"))
                text = json.dumps(reply).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = do_PATCH = answer

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def serve(self, method: str, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        secrets = "/api/v1/namespaces/shop/secrets"
        if (method, path) == ("POST", REVIEWS):
            attributes = body["spec"]["resourceAttributes"]
            allowed = (attributes["verb"], attributes["resource"]) == ("patch", "secrets")
            return 201, {**body, "status": {"allowed": allowed}}
        if (method, path) == ("POST", secrets):
            return self.write(body["metadata"]["name"], body)
        if path.startswith(f"{secrets}/"):
            name = path.removeprefix(f"{secrets}/")
            if name not in self.secrets:
                return 404, {"kind": "Status", "reason": "NotFound"}
            return (200, self.secrets[name]) if method == "GET" else self.write(name, body)
        if path == "/apis/apps/v1/namespaces/shop/deployments/orders":
            if method == "PATCH":
                self.roll_out(body)
            return 200, self.deployment
        return 404, {"kind": "Status", "reason": "NotFound"}

    def write(self, name: str, patch: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        held = self.secrets.setdefault(name, {"metadata": {"name": name}})
        asked = patch.get("metadata", {}).pop("resourceVersion", None)
        if asked not in (None, held["metadata"].get("resourceVersion")):
            return 409, {"kind": "Status", "reason": "Conflict"}
        merge(held, patch)
        self._version += 1
        held["metadata"]["resourceVersion"] = str(self._version)
        self.secret_writes += 1
        return 200, held

    def roll_out(self, patch: dict[str, Any]) -> None:
        before = json.dumps(self.deployment["spec"], sort_keys=True)
        merge(self.deployment, patch)
        if json.dumps(self.deployment["spec"], sort_keys=True) == before:
            return
        self.rollouts += 1
        self.deployment["metadata"]["generation"] += 1
        self.deployment["status"] |= {"replicas": 3, "updatedReplicas": 1}
        threading.Timer(ROLLOUT_SECONDS, self.finish_rollout, [self.deployment["metadata"]["generation"]]).start()

    def finish_rollout(self, generation: int) -> None:
        with self._lock:
            self.environment = self.values("orders-aws")
            status = {"observedGeneration": generation, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2}
            self.deployment["status"] = status

    def values(self, name: str) -> dict[str, str]:
        data = self.secrets.get(name, {}).get("data", {})
        return {name: base64.b64decode(value).decode() for name, value in data.items()}

    def put(self, name: str, values: dict[str, str]) -> None:
        """Somebody else writes."""
        data = {name: base64.b64encode(value.encode()).decode() for name, value in values.items()}
        with self._lock:
            self.write(name, {"data": data})

    def wait_a_rollout(self) -> None:
        time.sleep(ROLLOUT_SECONDS + 0.5)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
