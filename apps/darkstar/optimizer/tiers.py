"""What wishes count when they cannot all be met: the tiers, in price levels of the request.

A price level is the highest price of the request (`PlanRequest.price_level`), so that the order of the
tiers holds in any currency. No arbitrage pays for a wish; a higher tier goes before a lower one.
"""

from __future__ import annotations

IMPORT_BREACH_PRICE = 200.0
"""A kWh imported above the hard limit: everything else goes first."""
HYGIENE_PRICE = 40.0
"""A kWh missing from a hygiene cycle."""
CUT_PRICE = 30.0
"""A kWh of a running block of heating that is cut before its time."""
COLD_PRICE = 20.0
"""A kWh of heat that is not delivered; in a tank, a kWh below its minimum, per hour."""
DEPARTURE_PRICE = 15.0
"""A kWh that a vehicle lacks at departure."""
FORCED_PRICE = 12.0
"""A kWh that a storage must take or give at a time, because somebody said so, and does not."""
SHORTAGE_PRICE = 10.0
"""A kWh below a battery's soft floor, per hour."""
MISSED_LOAD_PRICE = 8.0
"""A kWh of a deferrable load that must run and does not."""
HEAT_EXCESS_PRICE = 8.0
"""A kWh of heat above what a day can use."""
CURTAILED_PRICE = 2.0
"""A kWh of PV that is cut off where none may be given up."""
GOAL_PRICE = 1.0
"""A kWh below a soft SoC goal that names no price."""
WAITING_SHORTAGE_PRICE = 0.5
"""A small shortage that was there before, per kWh and hour: it waits for a fair price, but not for long."""
INHERITED_SHORTAGE_SHARE = 0.03
"""How much of the capacity counts as such a small shortage."""
EXCESS_PRICE = 0.05
"""A kWh above a battery's soft ceiling, per hour: it flows off with the load."""
SHORTEST_HOURS = 0.25
"""A rest outside the soft band counts as at least this long, so that a short first slot is no loophole."""
