"""The binaries of a Kubernetes control plane: found, or built from published Go modules.

`python -m testbed.controlplane` prints their directory as the last line of its output.
"""

import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from testbed.processes import remove, tail

ASSETS = "KUBEBUILDER_ASSETS"
MODULE = Path(__file__).with_name("controlplane")
REQUIRED = ("etcd", "kube-apiserver")
PACKAGES = {
    "etcd": "go.etcd.io/etcd/server/v3",
    "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
    "kubectl": "k8s.io/kubernetes/cmd/kubectl",
}
# Where the programs look for their own version: a build from modules knows of none.
VERSION_PACKAGES = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
REPORT_EVERY = 15.0  # seconds, where the progress goes to a file


class ControlPlaneMissing(Exception):
    """There are no binaries and they cannot be built; the message says what to do."""


@dataclass(frozen=True, slots=True)
class ControlPlane:
    """A directory with a control plane's programs."""

    directory: Path

    @property
    def etcd(self) -> Path:
        """The database of the API server."""
        return self.directory / "etcd"

    @property
    def apiserver(self) -> Path:
        """The API server."""
        return self.directory / "kube-apiserver"

    @property
    def kubectl(self) -> Path | None:
        """The command-line client: the directory's, else the one on PATH, else None."""
        own = self.directory / "kubectl"
        found = shutil.which("kubectl")
        return own if own.exists() else Path(found) if found else None

    @property
    def complete(self) -> bool:
        """Whether etcd and kube-apiserver are there to be run."""
        return all(os.access(self.directory / name, os.X_OK) for name in REQUIRED)


def find(environment: Mapping[str, str] = os.environ) -> ControlPlane | None:
    """Return the control plane that $KUBEBUILDER_ASSETS names, else the cached one, else None.

    ControlPlaneMissing where the variable names a directory without one.
    """
    if assets := environment.get(ASSETS):
        named = ControlPlane(Path(assets))
        if not named.complete:
            raise ControlPlaneMissing(f"${ASSETS} is {assets}, which has no {' and '.join(REQUIRED)} to run")
        return named
    cached = ControlPlane(cache_directory(environment) / key())
    return cached if cached.complete else None


def ensure(environment: Mapping[str, str] = os.environ) -> ControlPlane:
    """Return the control plane that is found, else build it into the cache, showing progress on stderr.

    ControlPlaneMissing where it cannot be built.
    """
    return find(environment) or _build(environment)


def cache_directory(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the directory of the caller's control planes."""
    base = environment.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "schemasync" / "controlplane"


def kubernetes_version() -> str:
    """Return the version of Kubernetes that would be built, as `v1.37.2`."""
    required = re.search(r"^\s*k8s\.io/kubernetes (v\S+)", (MODULE / "go.mod").read_text(), re.MULTILINE)
    if required is None:
        raise ControlPlaneMissing(f"{MODULE}/go.mod requires no k8s.io/kubernetes")
    return required[1]


def key() -> str:
    """Return the name of the cached directory: other modules, flags or machines have others."""
    contents = hashlib.sha256()
    for name in ("go.mod", "go.sum"):
        contents.update((MODULE / name).read_bytes())
    contents.update(repr((PACKAGES, _flags())).encode())
    return "-".join(
        (kubernetes_version(), platform.system().lower(), platform.machine(), contents.hexdigest()[:12])
    )


def _flags() -> list[str]:
    version = kubernetes_version()
    stamps = [f"-X {package}.gitVersion={version}" for package in VERSION_PACKAGES]
    return ["-trimpath", "-buildvcs=false", f"-ldflags=-s -w {' '.join(stamps)}"]


def _build(environment: Mapping[str, str]) -> ControlPlane:
    cache = cache_directory(environment)
    cache.mkdir(parents=True, exist_ok=True)
    with _locked(cache / ".lock"):
        # Another process may have built it while this one waited.
        if found := find(environment):
            return found
        go = _go(environment)
        for leftover in cache.glob(".building-*"):
            remove(leftover)
        working = Path(tempfile.mkdtemp(prefix=".building-", dir=cache))
        try:
            return _build_in(working, go, cache / key(), environment)
        finally:
            remove(working)


def _build_in(working: Path, go: str, target: Path, environment: Mapping[str, str]) -> ControlPlane:
    _say(f"Building a Kubernetes {kubernetes_version()} control plane, once: about 8 minutes on 2 cores.")
    binaries = working / "bin"
    for name, package in PACKAGES.items():
        command = [go, "build", *_flags(), "-o", str(binaries / name), package]
        _run(name, command, working / f"{name}.log", environment)
    remove(target)
    binaries.rename(target)
    return ControlPlane(target)


def _go(environment: Mapping[str, str]) -> str:
    """Return the Go command; ControlPlaneMissing where it is absent or too old for the module."""
    wanted = re.search(r"^go (\S+)", (MODULE / "go.mod").read_text(), re.MULTILINE)
    advice = (
        f"Building a Kubernetes control plane needs Go {wanted[1] if wanted else ''} or later on the PATH. "
        f"Install it, or set ${ASSETS} to a directory that has {' and '.join(REQUIRED)}."
    )
    go = shutil.which("go", path=environment.get("PATH", os.defpath))
    if go is None:
        raise ControlPlaneMissing(f"There is no `go` command. {advice}")
    # In the module's directory, where Go compares its version with the one asked for.
    shown = subprocess.run(
        [go, "env", "GOVERSION"],
        cwd=MODULE,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if shown.returncode:
        raise ControlPlaneMissing(f"{shown.stderr.strip()}\n{advice}")
    return go


def _run(name: str, command: list[str], log: Path, environment: Mapping[str, str]) -> None:
    started = time.monotonic()
    with log.open("w") as output:
        # Without cgo the result depends on no C compiler. GOFLAGS of the person are not ours.
        process = subprocess.Popen(
            command,
            cwd=MODULE,
            env={**environment, "CGO_ENABLED": "0", "GOFLAGS": "-mod=readonly"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _watch(name, process, started)
        except BaseException:
            process.terminate()
            process.wait()
            raise
    if process.returncode:
        raise ControlPlaneMissing(f"{' '.join(command)} ended with {process.returncode}\n{tail(log)}")


def _watch(name: str, process: subprocess.Popen[bytes], started: float) -> None:
    terminal = sys.stderr.isatty()
    reported = started
    while process.poll() is None:
        time.sleep(0.5)
        now = time.monotonic()
        if terminal:
            _say(f"\r  {name}: {now - started:.0f} s", end="")
        elif now - reported >= REPORT_EVERY:
            _say(f"  {name}: {now - started:.0f} s")
            reported = now
    state = "failed" if process.returncode else "built"
    line_start = "\r" if terminal else ""
    _say(f"{line_start}  {name}: {state} in {time.monotonic() - started:.0f} s")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("Another process is building the control plane: waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _say(text: str, end: str = "\n") -> None:
    print(text, end=end, file=sys.stderr, flush=True)


def main() -> int:
    """Print the directory of the control plane; return the exit code."""
    try:
        print(ensure().directory)
    except ControlPlaneMissing as missing:
        _say(str(missing))
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
