"""One planning run: what was read at a moment, forecast and planned on a thread of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .forecast.bands import Context
from .home.day_context import DayContext
from .home.manual_block import ManualBlock
from .home.observation import Observation
from .home.prices import PriceCurve
from .home.settings import HomeSettings
from .home.vehicle import VehicleState
from .learning.heated_today import heated_today_kwh
from .optimizer.plan import Plan
from .optimizer.request import Hygiene
from .pipeline import Planned, Situation, foresee, plan_home
from .strategy.heating import Heating
from .training.trained_models import ModelShelf


@dataclass(frozen=True, slots=True)
class Gathered:
    """All that a planning run needs, read at one moment."""

    home: HomeSettings
    now: datetime
    soc_percent: float
    history: tuple[Observation, ...]
    curve: PriceCurve
    past_prices: PriceCurve
    known: Context
    heating: Heating
    vacation: bool
    metered: tuple[Observation, ...]
    why_self_use: str
    running: Plan | None
    vehicle: VehicleState | None
    hygiene: Hygiene | None
    context: DayContext
    blocks: tuple[ManualBlock, ...]


def solve(gathered: Gathered, shelf: ModelShelf) -> Planned | Exception:
    """Forecast with the models of the last training, and plan; acts on nothing: its thread may outlive its app.

    What goes wrong is returned: AppDaemon keeps an error of a thread to itself, and calls nobody back.
    """
    try:
        return _planned(gathered, shelf)
    except Exception as error:  # noqa: BLE001 - the app makes a problem of it
        return error


def _planned(gathered: Gathered, shelf: ModelShelf) -> Planned:
    home, now = gathered.home, gathered.now
    outlook = foresee(home, now, gathered.history, gathered.known, shelf.current())
    return plan_home(
        Situation(
            home=home,
            now=now,
            soc_percent=gathered.soc_percent,
            curve=gathered.curve,
            forecast=outlook.forecast,
            scenarios=outlook.scenarios,
            past_prices=gathered.past_prices,
            heated_today_kwh=_heated_kwh(gathered),
            heating_now=gathered.heating.heating_now,
            heated_until=gathered.heating.heated_until,
            heating_until=gathered.heating.locked_until,
            vacation=gathered.vacation,
            metered=gathered.metered,
            why_self_use=gathered.why_self_use,
            running=gathered.running,
            vehicle=gathered.vehicle,
            hygiene=gathered.hygiene,
            context=gathered.context,
            blocks=gathered.blocks,
        )
    )


def _heated_kwh(gathered: Gathered) -> float | None:
    """Heat of the running heat day; None where it is not measured."""
    home, heater = gathered.home, gathered.home.water_heater
    if heater is None or home.entities.water_heater_energy is None:
        return None
    return heated_today_kwh(gathered.history, gathered.now, home.zone, heater.defer_hours)
