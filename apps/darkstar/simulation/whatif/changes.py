"""What may be otherwise: a battery, terms, panels, a car, an appetite for risk. Unknown words are refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import time
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from ...home.block import Block, NotNegative, Positive
from ...home.power_tariff import PowerTariffSettings
from ...home.settings import HomeSettings
from ...home.tariff import TariffSettings


class ChangesError(ValueError):
    """A change cannot be made; the message names it and the way out."""


class CarChange(Block):
    """A car that is charged at home every day. It replaces no measured charging: that stays in the load."""

    kwh_per_day: Positive = 8.0
    """From the grid, losses of charging in it."""
    arrival: time = time(17, 30)
    departure: time = time(7, 0)
    max_kw: Positive = 7.4
    charging: Literal["cheapest", "at_once"] = "cheapest"
    """In the cheapest quarter-hours that are known when it comes home, or from its arrival on."""


class Changes(Block):
    """What is otherwise; what is left out stays as it is."""

    battery_kwh: Positive | None = None
    """Usable capacity."""
    battery_kw: Positive | None = None
    """Charging and discharging power."""
    tariff: dict[str, Any] | None = None
    """Settings of the `tariff` block that are other ones, such as `{"fixed_feed_in_per_kwh": 0.08}`."""
    fixed_price_per_kwh: Annotated[float, Field(allow_inf_nan=False)] | None = None
    """One price all day instead of the spot price, before the tariff's fees and taxes."""
    power_tariffs: tuple[PowerTariffSettings, ...] | None = None
    """Charges for peaks in place of the home's; an empty list: none."""
    pv_kwp: NotNegative | None = None
    """Peak power of all panels together; they yield like those that are there."""
    ev: CarChange | None = None
    risk_appetite: Annotated[int, Field(ge=1, le=5)] | None = None

    @property
    def concerns_money(self) -> bool:
        """Whether prices are other ones."""
        return self.tariff is not None or self.fixed_price_per_kwh is not None


def changes_from(given: Mapping[str, Any]) -> Changes:
    """The changes that a page or a command line names.

    Raises:
        ChangesError: a name or a value that cannot be; the message lists each.
    """
    try:
        changes = Changes.model_validate(given)
    except ValidationError as error:
        raise ChangesError("; ".join(_faults(error))) from error
    if changes == Changes():
        msg = "nothing is changed: name a battery, a tariff, panels, a car or a risk appetite"
        raise ChangesError(msg)
    return changes


def changed_home(home: HomeSettings, changes: Changes) -> HomeSettings:
    """The settings of the home as it would be.

    Raises:
        ChangesError: the tariff has no such setting, or a value that it cannot have.
    """
    battery = home.battery.model_copy(
        update=_present(
            capacity_kwh=changes.battery_kwh, max_charge_kw=changes.battery_kw, max_discharge_kw=changes.battery_kw
        )
    )
    grid = home.grid.model_copy(update=_present(power_tariffs=changes.power_tariffs))
    risk = home.risk.model_copy(update=_present(appetite=changes.risk_appetite))
    return home.model_copy(
        update={"battery": battery, "grid": grid, "risk": risk, "tariff": _tariff(home.tariff, changes.tariff)}
    )


def pv_factor(home: HomeSettings, changes: Changes) -> float:
    """How much more all panels yield.

    Raises:
        ChangesError: the home has no panels that say what others would yield.
    """
    if changes.pv_kwp is None:
        return 1.0
    own_kwp = sum(array.kwp for array in home.pv_arrays)
    if own_kwp <= 0:
        msg = f"pv_kwp {changes.pv_kwp:g}: the home has no pv_arrays whose measured yield could be scaled"
        raise ChangesError(msg)
    return changes.pv_kwp / own_kwp


def words_of(changes: Changes, home: HomeSettings) -> tuple[str, ...]:
    """The changes, one sentence each."""
    return tuple(_words(changes, home))


def _words(changes: Changes, home: HomeSettings) -> Iterator[str]:
    battery, currency = home.battery, home.currency
    if changes.battery_kwh is not None:
        yield f"battery of {changes.battery_kwh:g} kWh instead of {battery.capacity_kwh:g}"
    if changes.battery_kw is not None:
        yield f"battery power of {changes.battery_kw:g} kW instead of {battery.max_charge_kw:g}"
    for name, value in (changes.tariff or {}).items():
        yield f"tariff.{name} {value} instead of {getattr(home.tariff, name)}"
    if changes.fixed_price_per_kwh is not None:
        yield f"a price of {changes.fixed_price_per_kwh:g} {currency} all day, before fees and taxes"
    if changes.power_tariffs is not None:
        yield ", ".join(tariff.name for tariff in changes.power_tariffs) or "no power tariff"
    if changes.pv_kwp is not None:
        yield f"panels of {changes.pv_kwp:g} kWp instead of {sum(array.kwp for array in home.pv_arrays):g}"
    if changes.ev is not None:
        car, how = changes.ev, changes.ev.charging.replace("_", " ")
        yield f"a car with {car.kwh_per_day:g} kWh a day, {car.arrival:%H:%M} to {car.departure:%H:%M}, charged {how}"
    if changes.risk_appetite is not None:
        yield f"risk appetite {changes.risk_appetite} instead of {home.risk.appetite or 'none'}"


def _tariff(tariff: TariffSettings, given: Mapping[str, Any] | None) -> TariffSettings:
    if given is None:
        return tariff
    try:
        return TariffSettings.model_validate({**tariff.model_dump(), **given})
    except ValidationError as error:
        raise ChangesError("; ".join(_faults(error, "tariff."))) from error


def _present(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}


def _faults(error: ValidationError, path: str = "") -> Sequence[str]:
    return [f"{path}{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors(include_url=False)]
