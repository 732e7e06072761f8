"""Looks at prices, forecasts, the machine, and whether this is a real home."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ..home.prices import PUBLICATION_HOUR
from ..home.problem import Severity
from ..home.slots import local_date, local_day
from .finding import Evidence, Finding, Grade

_HOUR = timedelta(hours=1)
_OLD_FORECAST = timedelta(hours=3)
_LITTLE_MB = 200.0
_HIGHEST_PRICE = 50.0
"""Per kWh in the home's currency: above it a price is in another unit (forint and yen homes pay about as much)."""
_DEMO_WORD = "darkstar_demo"


def look_at_problems(evidence: Evidence) -> Iterator[Finding]:
    """What the apps themselves report as wrong just now."""
    for problem in evidence.problems:
        grade = Grade.FAULT if problem.severity is Severity.CRITICAL else Grade.ADVICE
        yield Finding("problems", grade, problem.meaning, problem.remedy)


def look_at_prices(evidence: Evidence) -> Iterator[Finding]:
    """Known far enough, in a unit that makes sense."""
    home, now = evidence.home, evidence.now
    known_until = evidence.curve.known_until(now)
    hours = (known_until - now) / _HOUR
    if hours <= 0:
        yield Finding("prices", Grade.FAULT, "No price is known now.", "Check the source in prices.", "prices")
        return
    _, tomorrow = local_day(local_date(now, home.zone), home.zone)
    is_late = now.astimezone(home.zone).hour > PUBLICATION_HOUR and known_until <= tomorrow
    words = f"Prices are known for {hours:.0f} hours."
    if is_late and home.prices.source != "fixed":
        yield Finding(
            "prices", Grade.ADVICE, f"{words} Tomorrow's should be out by now.", "See the price sensor.", "prices"
        )
    else:
        yield Finding("prices", Grade.OK, words)
    highest = max(price.import_per_kwh for price in evidence.curve.prices)
    if highest > _HIGHEST_PRICE:
        text = f"The highest price is {highest:g} {home.currency} per kWh."
        yield Finding(
            "prices", Grade.FAULT, text, "Is it per MWh, or in cents? Set prices.multiplier.", "prices.multiplier"
        )


def look_at_forecast(evidence: Evidence) -> Iterator[Finding]:
    """There, fresh, and resting on the home's own past."""
    forecast = evidence.forecast
    if forecast is None:
        yield Finding(
            "forecast", Grade.FAULT, "There is no forecast yet.", "It comes with the first plan: see problems."
        )
        return
    age = evidence.now - forecast.issued_at
    words = f"Load by {forecast.load_model}, PV by {forecast.pv_model}, {age / _HOUR:.1f} hours old."
    if age > _OLD_FORECAST:
        yield Finding("forecast", Grade.FAULT, words, "The planner does not run: see AppDaemon's log.")
    else:
        yield Finding("forecast", Grade.OK, words)
    for assumed in forecast.assumed:
        yield Finding("forecast", Grade.ASSUMED, f"{assumed[:1].upper()}{assumed[1:]}.")


def look_at_machine(evidence: Evidence) -> Iterator[Finding]:
    """A solver that runs, room on the disk, the right time zone."""
    machine, home = evidence.machine, evidence.home
    if machine.solver is None:
        remedy = "Add pulp==3.3.2 and highspy to AppDaemon's python_packages and restart it."
        yield Finding("machine", Grade.FAULT, "No solver runs here: every plan is plain self-consumption.", remedy)
    else:
        yield Finding("machine", Grade.OK, f"The solver is {machine.solver}.")
    if not machine.has_sklearn:
        text = "scikit-learn is not installed: the simple forecasters serve."
        yield Finding("machine", Grade.ADVICE, text, "Add scikit-learn to AppDaemon's python_packages.")
    if machine.in_production_mode is False:
        text = "AppDaemon reads every file below its apps folder once a second: pages are slow and the machine is warm."
        yield Finding("machine", Grade.ADVICE, text, "Set production_mode: true in appdaemon.yaml.")
    words = f"The database has {machine.database_mb:.0f} MB, {machine.free_mb:.0f} MB are free."
    if machine.free_mb < _LITTLE_MB:
        yield Finding("machine", Grade.FAULT, words, "Make room: a full disk loses the day's measurements.", "storage")
    else:
        yield Finding("machine", Grade.OK, words)
    if machine.zone is not None and machine.zone != home.time_zone:
        text = f"The home is in {home.time_zone}, AppDaemon's clock in {machine.zone}: its log shows other times."
        yield Finding("machine", Grade.ADVICE, text, "Set time_zone in appdaemon.yaml.", "time_zone")


def look_for_demo(evidence: Evidence) -> Iterator[Finding]:
    """Demo data in a real home: the simulated house beside real devices is refused."""
    named = [
        f"entities.{name}"
        for name in type(evidence.home.entities).model_fields
        if _DEMO_WORD in str(getattr(evidence.home.entities, name))
    ]
    if evidence.is_demo:
        return
    if named:
        text = f"{', '.join(named)} name(s) the simulated house of the demo, which does not run here."
        yield Finding("demo", Grade.FAULT, text, "Name the home's own entities.", named[0])
