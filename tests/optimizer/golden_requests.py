"""The golden requests: small homes that together use every feature of a plan request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from math import cos

from darkstar.optimizer.request import (
    BatteryRequest,
    Curtailment,
    DayPeak,
    EnergyBand,
    ForcedPower,
    GridRequest,
    HeatDay,
    HeaterRequest,
    Hygiene,
    LoadRequest,
    MeteringInterval,
    PlanRequest,
    PowerStep,
    PowerTariffRequest,
    RequestSlot,
    RunningSlot,
    SocGoal,
    Tank,
    Taper,
    ValueStep,
    VehicleRequest,
    Window,
)
from tests.optimizer.samples import BATTERY, START, day, slots_of

PRICES = [0.31, 0.27, 0.22, 0.24, 0.33, 0.48, 0.61, 0.66, 0.52, 0.41, 0.33, 0.29]
"""Two hours each, from noon on."""


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def grid_day(count: int = 24, length: float = 1.0, pv_kw: float = 0.0) -> tuple[RequestSlot, ...]:
    prices = [PRICES[int(index * length / 2) % len(PRICES)] for index in range(count)]
    return day(pv_kw=pv_kw, bought_at=prices, slots=count, hours=length)


def home(slots: tuple[RequestSlot, ...], *batteries: BatteryRequest) -> PlanRequest:
    return PlanRequest(START, "EUR", slots, batteries, money_gap=0.001)


def metering(slots: tuple[RequestSlot, ...], night_weight: float = 1.0) -> tuple[MeteringInterval, ...]:
    """An interval per hour; nights from 22 to 6 have a weight."""
    whole = range(int(sum(slot.hours for slot in slots)))
    starts = [slots[0].start + hours(index) for index in whole]
    return tuple(
        MeteringInterval(
            start, 1.0, start.date().isoformat(), night_weight if start.hour >= 22 or start.hour < 6 else 1.0
        )
        for start in starts
    )


def battery_with_curves() -> PlanRequest:
    """Tapers, a smallest power, an end value that falls."""
    battery = replace(
        BATTERY,
        charge_taper=Taper(8.0, 10.0, 1.0),
        discharge_taper=Taper(3.0, 1.0, 1.0),
        min_charge_kw=1.5,
        min_discharge_kw=0.8,
        end_value_steps=(ValueStep(3.0, 0.5), ValueStep(6.0, 0.35), ValueStep(10.0, 0.2)),
    )
    return home(grid_day(48, 0.5, pv_kw=4.0), battery)


def odd_slots_and_odd_prices() -> PlanRequest:
    """Slots of 7, 15, 30 and 60 minutes; paid import, export above import, dear export."""
    lengths = [0.116666666667] + [0.25] * 7 + [0.5] * 8 + [1.0] * 12
    start, slots = START, []
    for index, length in enumerate(lengths):
        price = [0.3, -0.08, 0.12, 0.45, 0.05, 0.6][index // 5]
        export = [0.1, -0.2, 0.2, 0.15, 0.12, 0.3][index // 5]
        pv = 5.0 * max(cos((index - 6) / 9), 0.0)
        slots.append(RequestSlot(start, length, 0.9 * length, pv * length, price, export, index < 20))
        start = slots[-1].end
    return home(tuple(slots), replace(BATTERY, wear_cost_per_kwh=0.0, end_value_per_kwh=0.1))


def two_batteries_with_goals() -> PlanRequest:
    """One has to be full in the evening, the other leaves for six hours and charges from PV only."""
    first = replace(BATTERY, goals=(SocGoal(START + hours(7), 9.5, 0.4),))
    second = replace(
        BATTERY,
        name="garage",
        capacity_kwh=5.0,
        initial_kwh=0.2,
        min_kwh=0.5,
        max_kwh=4.5,
        charge_efficiency=0.9,
        charge_from_grid=False,
        discharge_to_grid=False,
        discharge_floor_kwh=0.3,
        available=(Window(START, START + hours(3)), Window(START + hours(9), START + hours(40))),
    )
    return home(grid_day(48, 0.5, pv_kw=5.0), first, second)


def car_with_smallest_current() -> PlanRequest:
    """Plugged in from 17 to 7, 22 kWh missing, one phase, never out of the home battery."""
    car = VehicleRequest(
        60.0, 20.0, 42.0, START + hours(5), START + hours(19), 16.0, 6.0, 1, value_per_kwh=0.1, name="car"
    )
    return replace(home(grid_day(48, 0.5, pv_kw=3.0), BATTERY), vehicles=(car,))


def car_that_gives() -> PlanRequest:
    """V2H with a floor, and a home battery that may help."""
    car = VehicleRequest(
        60.0,
        40.0,
        45.0,
        START,
        START + hours(22),
        min_current_a=5.0,
        voltage_v=220.0,
        charge_efficiency=0.92,
        discharge_efficiency=0.91,
        shortage_price_per_kwh=2.0,
        max_discharge_kw=5.0,
        min_kwh=25.0,
        wear_cost_per_kwh=0.03,
        from_home_battery=True,
    )
    request = home(grid_day(24), replace(BATTERY, end_value_per_kwh=0.25))
    return replace(request, vehicles=(car,), grid=GridRequest(export_allowed=False))


def hot_water_by_days() -> PlanRequest:
    """Two heaters: one heats right now and may not be cut, one has a longest gap and a rest between blocks."""
    noon = START
    running = HeaterRequest(
        3.0,
        (HeatDay(noon, noon + hours(24), 4.5),),
        on_at_start=True,
        start_cost=0.03,
        locked_until=noon + hours(1),
    )
    spaced = HeaterRequest(
        2.0,
        (HeatDay(noon - hours(6), noon + hours(18), 3.0), HeatDay(noon + hours(18), noon + hours(42), 2.0)),
        start_cost=0.02,
        heated_until=noon - hours(5),
        max_gap_hours=9.0,
        gap_price_per_hour=0.2,
        min_spacing_hours=3.0,
        name="cabin",
    )
    return replace(home(grid_day(48, 0.5, pv_kw=2.0), BATTERY), heaters=(running, spaced))


def hot_water_in_a_tank() -> PlanRequest:
    """A tank with losses and draws, a heat pump that modulates, a hygiene cycle at night."""
    slots = grid_day(48, 0.5, pv_kw=2.0)
    draws = tuple(0.5 if index in {13, 14, 37, 38, 39} else 0.05 for index in range(48))
    tank = Tank(4.0, 2.0, 12.0, draws, 0.01, 2.5, 0.05)
    pump = HeaterRequest(
        2.0, tank=tank, min_power_kw=0.8, hygiene=Hygiene(START + hours(8), START + hours(20), 1.0), start_cost=0.01
    )
    return replace(home(slots, BATTERY), heaters=(pump,))


def machines() -> PlanRequest:
    """Two washes one after another, a pool pump that may pause, an optional charger, a dryer that runs."""
    loads = (
        LoadRequest((2.0, 0.3, 0.3, 1.0), START + hours(1), START + hours(12), 0.5, runs=2, name="washing machine"),
        LoadRequest((0.8,) * 6, START, START + hours(20), 1.0, uninterruptible=False, name="pool pump"),
        LoadRequest((1.0, 1.0), START, START + hours(24), 1.0, worth_per_kwh=0.26, name="tool charger"),
        LoadRequest((1.5, 1.5, 1.0), START - hours(1), START + hours(4), 0.5, running_since=START - hours(0.75)),
        LoadRequest((1.2,) * 4, START + hours(20), START + hours(30), 1.0, name="dishwasher"),
    )
    return replace(home(grid_day(48, 0.5, pv_kw=3.0), BATTERY), loads=loads)


def limits_and_curtailment() -> PlanRequest:
    """A fuse, a contract below it, no export for four hours, an inverter that gives up all PV or none."""
    slots = [
        replace(
            slot,
            max_export_kw=0.0 if index < 4 else None,
            max_import_kw=3.0 if index in {8, 9} else None,
            export_price=-0.05 if 2 <= index < 6 else 0.1,
        )
        for index, slot in enumerate(grid_day(24, 1.0, pv_kw=7.0))
    ]
    grid = GridRequest(
        max_import_kw=6.0,
        max_export_kw=4.0,
        soft_import_kw=2.5,
        soft_import_price=0.3,
        curtailment=Curtailment.ALL,
    )
    heat = HeaterRequest(3.0, (HeatDay(START, START + hours(24), 6.0),))
    return replace(home(tuple(slots), BATTERY), grid=grid, heaters=(heat,))


def load_above_the_fuse() -> PlanRequest:
    """Wishes that cannot be met: the fuse, the floor, and PV that may not be given up."""
    slots = slots_of([2.0] * 4 + [9.0] * 2 + [1.0] * 18, [6.0] * 4 + [0.0] * 20, [0.3] * 24, [0.1] * 24, 1.0)
    grid = GridRequest(max_import_kw=7.0, max_export_kw=2.0, curtailment=Curtailment.NEVER)
    battery = replace(BATTERY, initial_kwh=0.2, min_kwh=2.0, max_discharge_kw=1.0)
    return replace(home(slots, battery), grid=grid)


def power_tariff_of_three_days() -> PlanRequest:
    """Mean of three peaks on different days, half weight at night, one peak metered, others expected."""
    slots = grid_day(48, 1.0)
    tariff = PowerTariffRequest(
        metering(slots, night_weight=0.5),
        price_per_kw=5.0,
        count=3,
        floor_kw=1.0,
        past=(DayPeak("2026-01-04", 2.6), DayPeak("2026-01-15", 1.1)),
        expected_kw=(1.4, 1.2),
        name="grid fee",
    )
    return replace(home(slots, BATTERY), grid=GridRequest(max_import_kw=11.0, power_tariffs=(tariff,)))


def power_tariff_of_steps() -> PlanRequest:
    """Steps as in Norway, and a quarter-hour peak that began before the horizon."""
    slots = grid_day(96, 0.25)
    under_way = MeteringInterval(START - hours(0.125), 0.375, START.date().isoformat(), metered_kwh=0.4)
    quarters = (
        under_way,
        *(MeteringInterval(slot.start, 0.25, slot.start.date().isoformat()) for slot in slots[1:]),
    )
    steps = PowerTariffRequest(
        metering(slots),
        count=3,
        steps=(PowerStep(2.0, 15.0), PowerStep(5.0, 25.0), PowerStep(10.0, 40.0), PowerStep(None, 60.0)),
        past=(DayPeak("2026-01-02", 2.4), DayPeak("2026-01-09", 1.9)),
        name="steps",
    )
    peak = PowerTariffRequest(quarters, 4.0, different_days=False, floor_kw=2.5, name="quarter-hour")
    return replace(home(slots, BATTERY), grid=GridRequest(power_tariffs=(steps, peak)))


def caution_and_price_tail() -> PlanRequest:
    """Planned for more load and less PV than expected; the second half of the prices is a forecast."""
    slots = tuple(
        replace(
            slot,
            load_band=EnergyBand(0.7 * slot.load_kwh, 1.5 * slot.load_kwh),
            pv_band=EnergyBand(0.4 * slot.pv_kwh, 1.2 * slot.pv_kwh),
            price_known=index < 18,
        )
        for index, slot in enumerate(grid_day(36, 1.0, pv_kw=4.0))
    )
    return replace(home(slots, BATTERY), caution=0.5, notes=("the owner is cautious",), time_zone="Europe/Stockholm")


def stays_near_the_running_plan() -> PlanRequest:
    """A cent for a plan that changes little."""
    running = tuple(
        RunningSlot(
            START + hours(index),
            1.0,
            (4.0 if index in {4, 5} else 0.0,),
            (2.0 if index == 6 else 0.0,),
            (1.5 if index == 3 else 0.0,),
        )
        for index in range(20)
    )
    heat = HeaterRequest(2.0, (HeatDay(START, START + hours(24), 4.0),))
    wash = LoadRequest((1.5,), START, START + hours(12), 1.0)
    request = replace(home(grid_day(24), BATTERY), heaters=(heat,), loads=(wash,), running=running)
    return replace(request, stability_money=0.01)


def everything_at_once() -> PlanRequest:
    """Battery, car, heater, load and power tariff in whole hours."""
    slots = grid_day(30, 1.0, pv_kw=5.0)
    tariff = PowerTariffRequest(metering(slots), 3.0, 3, past=(DayPeak("2026-01-07", 3.0),), name="grid fee")
    heat = HeaterRequest(
        3.0,
        (HeatDay(START, START + hours(12), 3.0), HeatDay(START + hours(12), START + hours(36), 6.0)),
        start_cost=0.02,
        max_gap_hours=14.0,
        gap_price_per_hour=0.1,
    )
    return replace(
        home(slots, BATTERY),
        heaters=(heat,),
        vehicles=(VehicleRequest(50.0, 20.0, 32.0, START + hours(6), START + hours(20), max_current_a=10.0),),
        loads=(LoadRequest((2.0, 0.5), START + hours(2), START + hours(22), 1.0),),
        grid=GridRequest(max_import_kw=11.0, max_export_kw=8.0, power_tariffs=(tariff,)),
    )


def blocks_of_the_owner() -> PlanRequest:
    """Battery, car and water heater do something at a time because somebody said so."""
    noon = START
    charged = ForcedPower(noon + hours(2), noon + hours(4), 2.0, None, 2.0, until_kwh=8.0, name="charge")
    held = ForcedPower(noon + hours(5), noon + hours(7), 0.0, 0.0, name="hold")
    sold = ForcedPower(noon + hours(8), noon + hours(10), None, 3.0, 0.0, 3.0, 2.0, 2.0, name="sell")
    car = VehicleRequest(
        50.0,
        20.0,
        26.0,
        noon + hours(6),
        noon + hours(20),
        forced=(ForcedPower(noon + hours(7), noon + hours(9), 5.0, None, 5.0, until_kwh=50.0, name="car"),),
    )
    water = HeaterRequest(
        2.0,
        (HeatDay(noon, noon + hours(24), 4.0),),
        start_cost=0.02,
        wanted=(Window(noon + hours(3), noon + hours(5)),),
    )
    slots = grid_day(48, 0.5, pv_kw=2.0)
    return replace(home(slots, replace(BATTERY, forced=(charged, held, sold))), vehicles=(car,), heaters=(water,))


GOLDEN: tuple[Callable[[], PlanRequest], ...] = (
    battery_with_curves,
    odd_slots_and_odd_prices,
    two_batteries_with_goals,
    car_with_smallest_current,
    car_that_gives,
    hot_water_by_days,
    hot_water_in_a_tank,
    machines,
    limits_and_curtailment,
    load_above_the_fuse,
    power_tariff_of_three_days,
    power_tariff_of_steps,
    caution_and_price_tail,
    stays_near_the_running_plan,
    everything_at_once,
    blocks_of_the_owner,
)
