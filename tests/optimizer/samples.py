"""Plan requests for tests: a dozen homes with a story, and a Hypothesis strategy for any home."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import cos, pi

from hypothesis import strategies as st

from darkstar.optimizer.request import (
    BatteryRequest,
    Curtailment,
    DayPeak,
    GridRequest,
    HeatDay,
    HeaterRequest,
    LoadRequest,
    MeteringInterval,
    PlanRequest,
    PowerStep,
    PowerTariffRequest,
    RequestSlot,
    VehicleRequest,
)

START = datetime(2026, 1, 15, 12, tzinfo=UTC)
BATTERY = BatteryRequest(10.0, 5.0, 1.0, 10.0, 5.0, 5.0, 0.95, 0.95, 0.02, end_value_per_kwh=0.5)


def slots_of(
    load: Sequence[float],
    pv: Sequence[float],
    bought_at: Sequence[float],
    sold_at: Sequence[float],
    hours: float = 0.25,
    first_hours: float | None = None,
) -> tuple[RequestSlot, ...]:
    """Consecutive slots from powers in kW; the first may be shorter."""
    start, slots = START, []
    for index, (load_kw, pv_kw, import_price, export_price) in enumerate(
        zip(load, pv, bought_at, sold_at, strict=True)
    ):
        length = first_hours if index == 0 and first_hours is not None else hours
        slots.append(RequestSlot(start, length, load_kw * length, pv_kw * length, import_price, export_price))
        start += timedelta(hours=length)
    return tuple(slots)


def request_of(slots: Sequence[RequestSlot], *batteries: BatteryRequest) -> PlanRequest:
    """A request without heaters and without grid limits."""
    return PlanRequest(START, "EUR", tuple(slots), batteries, money_gap=0.001)


def day(
    *,
    pv_kw: float = 0.0,
    load_kw: float = 0.8,
    bought_at: Sequence[float] | None = None,
    sold_share: float = 0.4,
    slots: int = 96,
    hours: float = 0.25,
) -> tuple[RequestSlot, ...]:
    """Days of equal slots from noon: load peaks in the evening, two price peaks, a PV bell."""
    clock = [(12 + index * hours) % 24 for index in range(slots)]
    prices = [0.30 + 0.15 * cos((hour - 8) / 12 * 2 * pi) for hour in clock] if bought_at is None else bought_at
    load = [load_kw * (1 + 0.6 * cos((hour - 19) / 24 * 2 * pi)) for hour in clock]
    pv = [pv_kw * max(cos((hour - 12) / 12 * pi), 0.0) for hour in clock]
    return slots_of(load, pv, prices, [sold_share * price for price in prices], hours)


def winter() -> PlanRequest:
    """No sun, two price peaks."""
    return request_of(day(), BATTERY)


def summer() -> PlanRequest:
    """More sun than load."""
    return request_of(day(pv_kw=6.0), BATTERY)


def flat() -> PlanRequest:
    """One price all day, some sun: nothing to gain but self-consumption."""
    return request_of(day(pv_kw=4.0, bought_at=[0.30] * 96), BATTERY)


def negative_noon() -> PlanRequest:
    """Import is paid for three hours, export costs."""
    prices = [-0.05 if index < 12 else 0.25 for index in range(96)]
    slots = [replace(slot, export_price=slot.import_price - 0.10) for slot in day(pv_kw=3.0, bought_at=prices)]
    return request_of(slots, BATTERY)


def export_above_import() -> PlanRequest:
    """A fixed feed-in of 0.15 with a night price of 0.07, in whole hours."""
    prices = [0.07 if 12 <= index < 18 else 0.28 for index in range(24)]
    slots = [replace(slot, export_price=0.15) for slot in day(pv_kw=3.0, bought_at=prices, slots=24, hours=1.0)]
    return request_of(slots, BATTERY)


def no_battery() -> PlanRequest:
    """PV, load and a water heater."""
    return replace(request_of(day(pv_kw=4.0)), heaters=(heater(),))


def heater(energy_kwh: float = 6.0, *, on_at_start: bool = False) -> HeaterRequest:
    """A 3 kW heater that owes `energy_kwh` within 24 hours from START."""
    return HeaterRequest(3.0, (HeatDay(START, START + timedelta(days=1), energy_kwh),), on_at_start)


def with_water() -> PlanRequest:
    """Battery, PV and water heater."""
    return replace(summer(), heaters=(heater(),))


def two_batteries() -> PlanRequest:
    """A good one and a lossy one that may not charge from the grid."""
    lossy = replace(BATTERY, capacity_kwh=5.0, initial_kwh=1.0, min_kwh=0.5, max_kwh=5.0, charge_efficiency=0.85)
    return request_of(day(pv_kw=3.0), BATTERY, replace(lossy, charge_from_grid=False))


def below_the_floor() -> PlanRequest:
    """The battery starts empty although it should keep 2 kWh."""
    return request_of(day(), replace(BATTERY, initial_kwh=0.0, min_kwh=2.0))


def above_the_ceiling() -> PlanRequest:
    """The battery starts full although it should keep to 8 kWh."""
    slots = day(pv_kw=5.0, slots=48, hours=0.5)
    return request_of(slots, replace(BATTERY, initial_kwh=10.0, max_kwh=8.0))


def no_export() -> PlanRequest:
    """Nothing may be fed in: surplus is curtailed."""
    return replace(summer(), grid=GridRequest(export_allowed=False))


def load_above_fuse() -> PlanRequest:
    """For an hour the load alone is 9 kW behind a fuse of 7 kW."""
    slots = [replace(slot, load_kwh=2.25) if 30 <= index < 34 else slot for index, slot in enumerate(day())]
    return replace(request_of(slots, replace(BATTERY, max_discharge_kw=1.0)), grid=GridRequest(max_import_kw=7.0))


HOMES = (
    winter,
    summer,
    flat,
    negative_noon,
    export_above_import,
    no_battery,
    with_water,
    two_batteries,
    below_the_floor,
    above_the_ceiling,
    no_export,
    load_above_fuse,
)

_PRICE = st.floats(-0.5, 1.5).map(lambda price: round(price, 3))
_KW = st.floats(0.0, 8.0).map(lambda power: round(power, 3))


@st.composite
def batteries(draw: st.DrawFn) -> BatteryRequest:
    """Any battery: SoC anywhere, also outside its band."""
    capacity = draw(st.sampled_from([0.2, 5.0, 12.0]))
    low, high = draw(st.sampled_from([(0.0, 1.0), (0.1, 0.95), (0.3, 0.8)]))
    return BatteryRequest(
        capacity,
        draw(st.floats(-0.1, 1.1)) * capacity,
        low * capacity,
        high * capacity,
        draw(st.sampled_from([0.0, 2.0, 6.0])),
        draw(st.sampled_from([0.0, 2.0, 6.0])),
        draw(st.sampled_from([0.8, 0.95, 1.0])),
        draw(st.sampled_from([0.85, 0.96, 1.0])),
        draw(st.sampled_from([0.0, 0.05])),
        draw(st.booleans()),
        draw(st.booleans()),
        draw(st.sampled_from([0.0, 0.3])),
    )


@st.composite
def homes(draw: st.DrawFn, max_batteries: int = 2, max_heaters: int = 2) -> PlanRequest:
    """Any home that can exist: prices of any sign, odd slot lengths, any limits."""
    count = draw(st.integers(1, 10))
    rows = draw(st.lists(st.tuples(_KW, _KW, _PRICE, _PRICE), min_size=count, max_size=count))
    load, pv, bought_at, sold_at = zip(*rows, strict=True)
    slots = slots_of(
        load, pv, bought_at, sold_at, draw(st.sampled_from([0.25, 0.5, 1.0])), draw(st.sampled_from([None, 0.05, 0.2]))
    )
    end = slots[-1].start + timedelta(hours=slots[-1].hours)
    heaters = tuple(
        HeaterRequest(
            draw(st.sampled_from([1.0, 3.0])),
            (
                HeatDay(
                    START, draw(st.sampled_from([end, START + (end - START) / 2])), draw(st.sampled_from([0.5, 4.0]))
                ),
            ),
            draw(st.booleans()),
        )
        for _ in range(draw(st.integers(0, max_heaters)))
    )
    grid = GridRequest(
        draw(st.sampled_from([None, 4.0, 11.0])), draw(st.sampled_from([None, 0.0, 3.0])), draw(st.booleans())
    )
    owned = tuple(draw(batteries()) for _ in range(draw(st.integers(0, max_batteries))))
    return PlanRequest(START, "EUR", slots, owned, heaters, grid, money_gap=0.001)


@st.composite
def vehicles(draw: st.DrawFn) -> VehicleRequest:
    """Any session: over, under way or to come; charge-only or V2H; needs that cannot be met."""
    plugged_in = draw(st.sampled_from([-8.0, 0.0, 0.6]))
    initial = draw(st.sampled_from([0.0, 12.0, 39.0]))
    return VehicleRequest(
        40.0,
        initial,
        draw(st.sampled_from([10.0, 14.0, 40.0])),
        START + timedelta(hours=plugged_in),
        START + timedelta(hours=plugged_in + draw(st.sampled_from([1.0, 3.0, 9.0, 20.0]))),
        draw(st.sampled_from([10.0, 16.0])),
        draw(st.sampled_from([0.0, 6.0])),
        draw(st.sampled_from([1, 3])),
        max_discharge_kw=draw(st.sampled_from([0.0, 3.0])),
        min_kwh=draw(st.sampled_from([0.0, 8.0])),
        value_per_kwh=draw(st.sampled_from([0.0, 0.2])),
        from_home_battery=draw(st.booleans()),
    )


@st.composite
def deferrable_loads(draw: st.DrawFn) -> LoadRequest:
    """Any load: short or long window, whole or in pieces, several runs, optional, under way."""
    return LoadRequest(
        tuple(draw(st.lists(st.sampled_from([0.0, 0.5, 2.0]), min_size=1, max_size=3))),
        START + timedelta(hours=draw(st.sampled_from([-2.0, 0.0, 0.5]))),
        START + timedelta(hours=draw(st.sampled_from([0.4, 2.0, 5.0, 30.0]))),
        draw(st.sampled_from([0.25, 0.5, 1.0])),
        draw(st.booleans()),
        draw(st.integers(0, 2)),
        draw(st.sampled_from([None, 0.2])),
        draw(st.sampled_from([None, START - timedelta(hours=0.6)])),
    )


@st.composite
def power_tariffs(draw: st.DrawFn, slots: tuple[RequestSlot, ...]) -> PowerTariffRequest:
    """Peaks of hours or quarter-hours, weighted or not, with a price or with steps."""
    length = draw(st.sampled_from([0.25, 1.0]))
    count = int((slots[-1].end - START) / timedelta(hours=length)) + 1
    weights = draw(st.sampled_from([(1.0,), (1.0, 0.5)]))
    intervals = tuple(
        MeteringInterval(START + timedelta(hours=index * length), length, f"2026-01-{15 + index // 4}", weight)
        for index, weight in zip(range(count), weights * count, strict=False)
    )
    steps = draw(st.sampled_from([(), (PowerStep(2.0, 1.0), PowerStep(None, 3.0))]))
    return PowerTariffRequest(
        intervals,
        0.0 if steps else 0.8,
        draw(st.integers(1, 3)),
        draw(st.booleans()),
        draw(st.sampled_from([0.0, 1.5])),
        steps,
        draw(st.sampled_from([(), (DayPeak("2026-01-02", 3.0),)])),
        draw(st.sampled_from([(), (1.0, 0.8)])),
    )


@st.composite
def full_homes(draw: st.DrawFn) -> PlanRequest:
    """Any home with devices of every kind: heaters with gaps and rests, vehicles, loads, power tariffs."""
    home = draw(homes(max_batteries=2, max_heaters=1))
    demanding = tuple(
        replace(
            one,
            start_cost=draw(st.sampled_from([0.0, 0.05])),
            max_gap_hours=draw(st.sampled_from([None, 1.0])),
            gap_price_per_hour=0.3,
            min_spacing_hours=draw(st.sampled_from([0.0, 0.5])),
        )
        for one in home.heaters
    )
    tariffs = draw(st.sampled_from([(), (None,)]))
    grid = replace(
        home.grid,
        curtailment=draw(st.sampled_from(list(Curtailment))),
        soft_import_kw=draw(st.sampled_from([None, 2.0])),
        soft_import_price=0.2,
        power_tariffs=tuple(draw(power_tariffs(home.slots)) for _ in tariffs),
    )
    return replace(
        home,
        heaters=demanding,
        grid=grid,
        vehicles=tuple(draw(st.lists(vehicles(), max_size=1))),
        loads=tuple(draw(st.lists(deferrable_loads(), max_size=2))),
    )
