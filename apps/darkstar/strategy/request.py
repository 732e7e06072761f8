"""From the home, its state, forecasts and prices to the question put to the optimizer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from statistics import median

from ..forecast.bands import Band, Forecast, ForecastSlot, Scenarios
from ..home.day_context import DayContext
from ..home.devices import WaterHeaterSettings
from ..home.observation import Observation
from ..home.prices import PriceCurve
from ..home.settings import HomeSettings
from ..home.slots import Slot
from ..home.vehicle import VehicleState
from ..optimizer.plan import Plan
from ..optimizer.request import (
    BatteryRequest,
    Curtailment,
    EnergyBand,
    GridRequest,
    HeaterRequest,
    Hygiene,
    PlanRequest,
    RequestSlot,
    SocGoal,
)
from .effects import Effects, WaterChange, changed_forecast, changed_heat, changed_vehicle
from .heat import gap_price_per_hour, heat_days
from .heating import Heating
from .metered_peaks import MeteredImport
from .peaks import metered_imports, power_tariff_notes, power_tariffs
from .reserve import appetite_of, reserve_of
from .rules import Circumstances, effects_of
from .running import running_slots
from .vehicle import vehicle_notes, vehicle_requests

_NOTHING_SPECIAL = DayContext()


def build_request(
    home: HomeSettings,
    now: datetime,
    soc_percent: float,
    forecast: Forecast,
    curve: PriceCurve,
    heated_today_kwh: float | None,
    *,
    heating_now: bool,
    vacation: bool,
    metered: Sequence[Observation] = (),
    heated_until: datetime | None = None,
    locked_until: datetime | None = None,
    running: Plan | None = None,
    vehicle: VehicleState | None = None,
    hygiene: Hygiene | None = None,
    context: DayContext = _NOTHING_SPECIAL,
    scenarios: Scenarios = (),
) -> PlanRequest:
    """Put the question for the horizon of `forecast`, at its expected values as the strategy's rules have changed it.

    `curve` reaches over the whole horizon (known prices and their tail). `heated_today_kwh` None:
    unknown. On vacation the water heater owes nothing but the `hygiene` cycle, which is due or runs (None: not).
    `metered` is what was measured in the last `METERED_DAYS` days, oldest first; only power tariffs need it.
    `heated_until` is when the water heater last stopped, `locked_until` the end of its running block; None:
    unknown, nothing runs. `running` is the plan that is carried out: the new one stays near it. `vehicle` is
    the car; None: the home has none. `context` is what is special about the days ahead.
    `scenarios` are possible net loads around `forecast`: how wrong it can be.

    Raises:
        ValueError: the forecast has no slots, or a slot has no price; the message names the time.
    """
    if not forecast.slots:
        msg = "the forecast has no slots: there is nothing to plan"
        raise ValueError(msg)
    effects = _effects(home, forecast, curve, context, vacation=vacation)
    forecast = changed_forecast(forecast, effects.loads)
    vehicle = changed_vehicle(vehicle, effects.trips, now)
    slots = tuple(_slot(slot, curve) for slot in forecast.slots)
    reserve = reserve_of(home, context, forecast, scenarios, slots, effects)
    imports = metered_imports(home, metered)
    heating = Heating(heating_now, heated_until, locked_until)
    if vacation:
        heaters = _heaters_on_vacation(home, slots, heating, hygiene)
    else:
        heaters = _heaters(home, slots, heated_today_kwh, heating, hygiene, effects.waters, context.comfort)
    battery = _battery(home, soc_percent, end_value_per_kwh(home, slots), reserve.goals)
    return PlanRequest(
        created_at=now,
        currency=home.currency,
        slots=_with_bands(slots, forecast) if reserve.caution else slots,
        batteries=(battery,),
        heaters=heaters,
        vehicles=vehicle_requests(home, now, vehicle),
        grid=_grid(home, slots, imports),
        time_limit_s=home.planner.solver_time_limit_s,
        notes=(
            *_notes(home, slots, battery, heated_today_kwh, vacation=vacation),
            *_hygiene_notes(home, hygiene),
            *vehicle_notes(home, vehicle),
            *power_tariff_notes(slots[0].start, imports),
            *reserve.notes,
            *effects.notes,
            *context.remarks,
            *forecast.assumed,
        ),
        caution=reserve.caution,
        running=running_slots(running, now),
        stability_money=home.planner.stability_money,
        time_zone=home.time_zone,
    )


def _effects(
    home: HomeSettings, forecast: Forecast, curve: PriceCurve, context: DayContext, *, vacation: bool
) -> Effects:
    last = forecast.slots[-1]
    circumstances = Circumstances(
        start=forecast.slots[0].start,
        end=Slot(last.start, last.hours).end,
        zone=home.zone,
        curve=curve,
        vacation=vacation,
        reserve_moves=appetite_of(home, context) is not None and home.risk.mode != "static",
        context=context,
    )
    return effects_of(circumstances)


def end_value_per_kwh(home: HomeSettings, slots: Sequence[RequestSlot]) -> float:
    """What a stored kWh is worth after the horizon: an import avoided, less losses and wear; never below 0.

    The avoided import counts `planner.end_value_factor` of the horizon's median import price: it is
    not sure that it comes, nor when.
    """
    usual_price = median(slot.import_price for slot in slots)
    saved = home.planner.end_value_factor * usual_price - home.cycle_cost_per_kwh
    return max(home.battery.discharge_efficiency * saved, 0.0)


def _slot(slot: ForecastSlot, curve: PriceCurve) -> RequestSlot:
    price = curve.mean_over(Slot(slot.start, slot.hours))
    if price is None:
        msg = f"no price for all of the slot at {slot.start.isoformat()}: nothing can be planned without one"
        raise ValueError(msg)
    return RequestSlot(
        start=slot.start,
        hours=slot.hours,
        load_kwh=slot.load_kwh.expected,
        pv_kwh=slot.pv_kwh.expected,
        import_price=price.import_per_kwh,
        export_price=price.export_per_kwh,
        price_known=price.known,
    )


def _with_bands(slots: Sequence[RequestSlot], forecast: Forecast) -> tuple[RequestSlot, ...]:
    """The slots with what is likely beside what is expected: caution moves within it."""
    return tuple(
        replace(slot, load_band=_likely(seen.load_kwh), pv_band=_likely(seen.pv_kwh))
        for slot, seen in zip(slots, forecast.slots, strict=True)
    )


def _likely(band: Band) -> EnergyBand:
    return EnergyBand(band.p10, band.p90)


def _grid(home: HomeSettings, slots: Sequence[RequestSlot], imports: Sequence[MeteredImport]) -> GridRequest:
    grid = home.grid
    return GridRequest(
        max_import_kw=grid.max_import_kw,
        max_export_kw=grid.max_export_kw,
        export_allowed=grid.export_allowed,
        soft_import_kw=grid.soft_import_kw,
        soft_import_price=grid.soft_import_price_per_kwh or 0.0,
        curtailment=Curtailment(grid.curtailment),
        power_tariffs=power_tariffs(slots[0].start, slots[-1].end, imports),
    )


def _battery(home: HomeSettings, soc_percent: float, end_value: float, goals: tuple[SocGoal, ...]) -> BatteryRequest:
    battery = home.battery
    return BatteryRequest(
        capacity_kwh=battery.capacity_kwh,
        initial_kwh=battery.capacity_kwh * soc_percent / 100,
        min_kwh=battery.capacity_kwh * battery.min_soc_percent / 100,
        max_kwh=battery.capacity_kwh * battery.max_soc_percent / 100,
        max_charge_kw=battery.max_charge_kw,
        max_discharge_kw=battery.max_discharge_kw,
        charge_efficiency=battery.charge_efficiency,
        discharge_efficiency=battery.discharge_efficiency,
        wear_cost_per_kwh=home.cycle_cost_per_kwh,
        charge_from_grid=battery.charge_from_grid,
        discharge_to_grid=home.can_sell_from_battery,
        end_value_per_kwh=end_value,
        goals=goals,
    )


def _heaters(
    home: HomeSettings,
    slots: Sequence[RequestSlot],
    heated_today_kwh: float | None,
    heating: Heating,
    hygiene: Hygiene | None,
    changes: Sequence[WaterChange],
    comfort: int | None,
) -> tuple[HeaterRequest, ...]:
    heater = home.water_heater
    if heater is None:
        return ()
    days = heat_days(heater, slots[0].start, slots[-1].end, home.zone, heated_today_kwh)
    request = HeaterRequest(
        power_kw=heater.power_kw,
        days=changed_heat(days, heater.daily_energy_kwh, changes),
        on_at_start=heating.heating_now,
        start_cost=_start_cost(heater, slots),
        locked_until=heating.locked_until,
        heated_until=heating.heated_until,
        max_gap_hours=heater.max_gap_hours,
        gap_price_per_hour=gap_price_per_hour(heater, slots, comfort),
        min_spacing_hours=heater.min_spacing_hours,
        hygiene=hygiene,
    )
    return (request,)


def _heaters_on_vacation(
    home: HomeSettings, slots: Sequence[RequestSlot], heating: Heating, hygiene: Hygiene | None
) -> tuple[HeaterRequest, ...]:
    """The cycle and nothing else: no heat is owed, no gap counts, and what runs may stop."""
    heater = home.water_heater
    if heater is None or hygiene is None:
        return ()
    request = HeaterRequest(
        power_kw=heater.power_kw,
        on_at_start=heating.heating_now,
        start_cost=_start_cost(heater, slots),
        heated_until=heating.heated_until,
        hygiene=hygiene,
    )
    return (request,)


def _start_cost(heater: WaterHeaterSettings, slots: Sequence[RequestSlot]) -> float:
    return max(*(slot.import_price for slot in slots), 0.0) * heater.start_cost_percent / 100


def _notes(
    home: HomeSettings,
    slots: Sequence[RequestSlot],
    battery: BatteryRequest,
    heated_today_kwh: float | None,
    *,
    vacation: bool,
) -> Iterator[str]:
    first_guess = next((slot for slot in slots if not slot.price_known), None)
    if first_guess is not None:
        local = first_guess.start.astimezone(home.zone)
        yield f"prices are forecast from {local:%Y-%m-%d %H:%M} on"
    yield f"a stored kWh counts {battery.end_value_per_kwh:.3f} {home.currency} at the end of the horizon"
    if home.battery.discharge_to_grid and not home.can_sell_from_battery:
        yield f"inverter profile {home.inverter.profile.name} cannot sell from the battery: none is planned"
    if home.water_heater is None:
        return
    if vacation:
        yield "vacation: the water heater owes nothing"
    elif heated_today_kwh is None:
        yield "how much the water heater has had today is unknown: it owes the rest of the day's share"


def _hygiene_notes(home: HomeSettings, hygiene: Hygiene | None) -> Iterator[str]:
    if hygiene is None or home.water_heater is None:
        return
    end = hygiene.end.astimezone(home.zone)
    yield (
        f"a cycle against legionella is due: {hygiene.hours:.2g} h at {home.water_heater.hygiene_celsius:g} °C "
        f"by {end:%Y-%m-%d %H:%M}"
    )
