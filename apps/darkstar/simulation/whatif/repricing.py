"""What the same hours would cost on other terms: back from what the home pays to the spot price, and on from there."""

from __future__ import annotations

from datetime import datetime

from ...home.prices import Price, PriceCurve
from ...home.settings import HomeSettings
from ...home.tariff import TariffSettings
from .changes import Changes, changed_home


def spot_of(import_per_kwh: float, tariff: TariffSettings, local: datetime) -> float:
    """The spot price that the home pays `import_per_kwh` for at a local time: the tariff's formula backwards."""
    if tariff.import_price_is_final:
        return import_per_kwh
    before_vat = import_per_kwh / (1 + tariff.vat_percent / 100)
    return before_vat - tariff.supplier_fee_per_kwh - tariff.transfer_fee(local) - tariff.energy_tax_per_kwh


def repriced(curve: PriceCurve, home: HomeSettings, changes: Changes) -> PriceCurve:
    """The curve on the changed terms; the very same one where they do not concern money.

    Raises:
        ChangesError: the tariff has no such setting, or a value that it cannot have.
    """
    if not changes.concerns_money:
        return curve
    new = changed_home(home, changes).tariff
    return PriceCurve(tuple(repriced_one(price, home, changes, new) for price in curve.prices))


def repriced_one(price: Price, home: HomeSettings, changes: Changes, new: TariffSettings) -> Price:
    """One price on the changed terms; `new` is the changed home's tariff."""
    old, local = home.tariff, price.start.astimezone(home.zone)
    was = spot_of(price.import_per_kwh, old, local)
    spot = was if changes.fixed_price_per_kwh is None else changes.fixed_price_per_kwh
    sold = new.fixed_feed_in_per_kwh
    if sold is None:
        # by the difference: what the formula does not know (a floor, a price of the supplier's own) stays
        sold = price.export_per_kwh + new.export_price(spot) - old.export_price(was)
    return Price(price.start, price.end, new.import_price(spot, local), sold, price.known)
