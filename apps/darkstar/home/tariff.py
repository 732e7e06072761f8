"""The tariff: from a spot price to what the home pays and is paid."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from .block import Block, NotNegative
from .period import Period
from .prices import Price, SpotPrice

Money = Annotated[float, Field(allow_inf_nan=False)]


class FeePeriod(Period):
    """A grid transfer fee that holds only at certain times; the first period that matches counts."""

    fee_per_kwh: Money


class TariffSettings(Block):
    """Fees, taxes and compensations around the spot price, per kWh in the home's currency.

    Import: `(spot + transfer + energy_tax) * (1 + vat)`. Export: `spot * export_share +
    export_compensation - export_fee`, or the fixed feed-in price. An export price of 0 stays 0.
    """

    transfer_fee_per_kwh: Money = 0.0
    """Grid transfer fee outside all `fee_periods`."""
    fee_periods: tuple[FeePeriod, ...] = ()
    """Day, night and season fees that replace `transfer_fee_per_kwh` while they hold."""
    energy_tax_per_kwh: Money = 0.0
    vat_percent: NotNegative = 0.0
    supplier_fee_per_kwh: Money = 0.0
    """Supplier's surcharge on the spot price."""
    import_price_is_final: bool = False
    """True when the price source already has all fees and taxes in it (Tibber total, Octopus)."""
    export_share: Annotated[float, Field(ge=0, le=2)] = 1.0
    """Share of the spot price paid for exported energy."""
    export_fee_per_kwh: Money = 0.0
    export_compensation_per_kwh: Money = 0.0
    """Grid benefit or tax credit per exported kWh."""
    fixed_feed_in_per_kwh: Money | None = None
    """A fixed price for exported energy; replaces the spot-based formula."""

    def transfer_fee(self, local: datetime) -> float:
        """The transfer fee that holds at a local time, per kWh."""
        for period in self.fee_periods:
            if period.covers(local):
                return period.fee_per_kwh
        return self.transfer_fee_per_kwh

    def import_price(self, spot_per_kwh: float, local: datetime) -> float:
        """What the home pays per kWh at a local time."""
        if self.import_price_is_final:
            return spot_per_kwh
        before_vat = spot_per_kwh + self.supplier_fee_per_kwh + self.transfer_fee(local) + self.energy_tax_per_kwh
        return before_vat * (1 + self.vat_percent / 100)

    def export_price(self, spot_per_kwh: float) -> float:
        """What the home is paid per kWh; may be zero or negative."""
        if self.fixed_feed_in_per_kwh is not None:
            return self.fixed_feed_in_per_kwh
        return spot_per_kwh * self.export_share + self.export_compensation_per_kwh - self.export_fee_per_kwh

    def price(self, spot: SpotPrice, zone: ZoneInfo, sold: SpotPrice | None = None, *, known: bool = True) -> Price:
        """The home's price for the interval of a spot price.

        `sold` is the published export price of the same interval where the supplier has one of its
        own; it is then taken as it is.
        """
        exported = self.export_price(spot.per_kwh) if sold is None else sold.per_kwh
        imported = self.import_price(spot.per_kwh, spot.start.astimezone(zone))
        return Price(spot.start, spot.end, imported, exported, known)
