"""A Kubernetes API server with its etcd: RBAC and ServiceAccount admission on, no controllers.

Without a kube-controller-manager no namespace gets its `default` ServiceAccount, a deleted
namespace stays in Terminating and nothing collects the dependants of a deleted owner.
"""

import os
import secrets
import signal
import ssl
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography.hazmat.primitives import serialization

from testbed.certificates import Authority, write_key
from testbed.controlplane import ControlPlane, ControlPlaneMissing, ensure
from testbed.kubeapi import ApiError, Client, write_kubeconfig
from testbed.processes import Server, ServerFailed, free_port, remove, short_directory, tail

HOST = "127.0.0.1"
PORT_ATTEMPTS = 5
TOKEN_LIFETIME = 365 * 24 * 60 * 60  # seconds, as long as the certificates
NAMESPACES = ("default", "kube-system")


class ApiServer:
    """An API server and its etcd, in a directory that is removed with them.

    `tied` ends them with the thread that starts them.
    """

    def __init__(self, control_plane: ControlPlane | None = None, *, tied: bool = True) -> None:
        self.control_plane = control_plane or ensure()
        self.directory = short_directory("ssync-k8s-")
        self.port = 0
        self._tie = signal.SIGKILL if tied else None
        self.etcd_log = self.directory / "etcd.log"
        self.log_file = self.directory / "kube-apiserver.log"
        self._etcd: Server | None = None
        self._server: Server | None = None
        self._prepare()

    @property
    def url(self) -> str:
        """Where the API server listens."""
        return f"https://{HOST}:{self.port}"

    @property
    def pids(self) -> list[int]:
        """Process ids of those of the two that run: etcd, kube-apiserver."""
        return [server.pid for server in (self._etcd, self._server) if server and server.running]

    def start(self) -> None:
        """Start both, return when the API server is ready; ServerFailed with a log's end where it is not."""
        self._start_etcd()
        if self.port:
            self._launch()
            return
        for attempt in range(1, PORT_ATTEMPTS + 1):
            self.port = free_port()
            self._write_admin()
            try:
                self._launch()
            except ServerFailed as failure:
                # Another process may have taken the port between the look and the use.
                if "address already in use" not in str(failure) or attempt == PORT_ATTEMPTS:
                    raise
            else:
                return

    def stop_api(self) -> None:
        """Stop the API server alone: its objects stay in etcd, its port stays ours to start it on again."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    def start_api(self) -> None:
        """Start the API server again on its port; nothing where it runs."""
        if self._server is None or not self._server.running:
            self._launch()

    def close(self) -> None:
        """Stop both and remove their directory."""
        # Its objects are removed with it: there is nothing that it would have to save.
        if self._server is not None:
            self._server.stop(signal.SIGKILL)
        if self._etcd is not None:
            self._etcd.stop(signal.SIGKILL)
        remove(self.directory)

    def detach(self) -> None:
        """Leave both running after this program ends."""
        for server in (self._etcd, self._server):
            if server is not None:
                server.detach()

    def kubeconfig_for_user(self, user: str, groups: Sequence[str] = ()) -> Path:
        """Write a kubeconfig of a user with a client certificate: it may do what RBAC gives it."""
        return self._write_kubeconfig(user, groups)

    def kubeconfig_for_service_account(self, namespace: str, name: str) -> Path:
        """Create a ServiceAccount if there is none and write a kubeconfig with a token of it."""
        accounts = f"/api/v1/namespaces/{namespace}/serviceaccounts"
        with suppress(ApiError):
            self.client.request("POST", accounts, {"metadata": {"name": name}})
        wish = {"spec": {"expirationSeconds": TOKEN_LIFETIME}}
        answer = self.client.request("POST", f"{accounts}/{name}/token", wish)
        return write_kubeconfig(
            self.directory / f"{namespace}-{name}.kubeconfig",
            server=self.url,
            authority=self._authority.certificate,
            user={"token": answer["status"]["token"]},
        )

    def create_namespace(self, prefix: str = "test") -> str:
        """Create a namespace and return its name, `prefix` with something unique after it."""
        name = f"{prefix}-{secrets.token_hex(4)}"
        self.client.request("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
        return name

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _prepare(self) -> None:
        self._certificates = self.directory / "certificates"
        self._certificates.mkdir()
        self._authority = Authority(self._certificates)
        self._own = self._authority.server("kube-apiserver", (HOST, "localhost", "kubernetes.default.svc"))
        signing = write_key(self._certificates / "service-accounts.key")
        public = signing.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        (self._certificates / "service-accounts.pub").write_bytes(public)

    def _write_admin(self) -> None:
        self.kubeconfig = self._write_kubeconfig("admin", ("system:masters",))
        self.client = Client(self.kubeconfig)

    def _write_kubeconfig(self, user: str, groups: Sequence[str]) -> Path:
        pair = self._authority.client(user, groups)
        return write_kubeconfig(
            pair.certificate.with_suffix(".kubeconfig"),
            server=self.url,
            authority=self._authority.certificate,
            user={"client-certificate": str(pair.certificate), "client-key": str(pair.key)},
        )

    def _start_etcd(self) -> None:
        if self._etcd is not None and self._etcd.running:
            return
        self._etcd = Server(
            "etcd",
            [self.control_plane.etcd, *_flags(self._etcd_options())],
            log=self.etcd_log,
            directory=self.directory,
            environment={"PATH": os.defpath},
            tie=self._tie,
        )

    def _etcd_options(self) -> dict[str, object]:
        # A socket in a private directory: no port to be taken, no other user to be kept out.
        clients, peers = f"unix://{self.directory}/etcd.sock", f"unix://{self.directory}/peer.sock"
        return {
            "data-dir": self.directory / "etcd",
            "listen-client-urls": clients,
            "advertise-client-urls": clients,
            "listen-peer-urls": peers,
            "initial-advertise-peer-urls": peers,
            "initial-cluster": f"default={peers}",
            "unsafe-no-fsync": "true",
            "log-level": "warn",
        }

    def _launch(self) -> None:
        self._server = Server(
            "kube-apiserver",
            [self.control_plane.apiserver, *_flags(self._options())],
            log=self.log_file,
            directory=self.directory,
            environment={"PATH": os.defpath},
            tie=self._tie,
        )
        try:
            self._server.wait_ready(self._ready)
        except BaseException as failure:
            self.stop_api()
            if isinstance(failure, ServerFailed):
                raise ServerFailed(f"{failure}\netcd:\n{tail(self.etcd_log)}") from None
            raise

    def _options(self) -> dict[str, object]:
        certificates = self._certificates
        return {
            "etcd-servers": f"unix://{self.directory}/etcd.sock",
            "bind-address": HOST,
            "secure-port": self.port,
            # A loopback address may not stand in the endpoints of the service `kubernetes`.
            "endpoint-reconciler-type": "none",
            "tls-cert-file": self._own.certificate,
            "tls-private-key-file": self._own.key,
            "client-ca-file": self._authority.certificate,
            "authorization-mode": "RBAC",
            "enable-admission-plugins": "ServiceAccount",
            "service-account-issuer": "https://kubernetes.default.svc",
            "service-account-key-file": certificates / "service-accounts.pub",
            "service-account-signing-key-file": certificates / "service-accounts.key",
            "service-cluster-ip-range": "10.0.0.0/24",
            # Else it waits a minute for watches to end by themselves when it is told to stop.
            "shutdown-send-retry-after": "true",
        }

    def _ready(self) -> bool:
        # Not every OSError: a certificate that is refused now will be refused later.
        with suppress(ConnectionError, TimeoutError, ssl.SSLEOFError, ApiError):
            self.client.request("GET", "/readyz")
            for namespace in NAMESPACES:
                self.client.request("GET", f"/api/v1/namespaces/{namespace}")
            return True
        return False


def _flags(options: dict[str, object]) -> list[str]:
    return [f"--{name}={value}" for name, value in options.items()]


def main() -> int:
    """Run an API server until interrupted; return the exit code."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with ApiServer() as running:
            print(f"export KUBECONFIG={running.kubeconfig}", flush=True)
            with suppress(KeyboardInterrupt):
                signal.pause()
    except (ControlPlaneMissing, ServerFailed) as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
