"""What all tests share."""

from hypothesis import HealthCheck, settings

# How long an example takes depends on what else the machine does: no test may fail for that.
settings.register_profile("darkstar", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("darkstar")
