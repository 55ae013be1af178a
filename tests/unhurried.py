"""Settings of Hypothesis for tests that may run on a busy machine: no test fails for being slow."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
