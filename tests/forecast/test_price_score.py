"""Scores of the price tail."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from darkstar.forecast.day_grid import Floats
from darkstar.forecast.price_score import SCORED_DAYS, TAIL, WEEK, YESTERDAY, Outcome, price_scores, walk_forward
from darkstar.forecast.training import Quantity
from darkstar.home.prices import Price, PriceCurve
from darkstar.home.slots import slots_between
from darkstar.home.tariff import FeePeriod, TariffSettings

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = datetime(2026, 1, 5, tzinfo=BERLIN)
RNG = np.random.default_rng(7)


def market(count: int) -> Floats:
    """Hourly prices of days that like each other, with an evening peak and cheap weekends."""
    level = 60 + np.cumsum(RNG.normal(0, 3, count))[:, np.newaxis]
    weekend = (np.arange(count) % 7 >= 5)[:, np.newaxis] * -40
    prices: Floats = level + weekend + 20 * np.exp(-((np.arange(24) - 19) ** 2) / 8) + RNG.normal(0, 8, (count, 24))
    return prices


def priced(table: Floats, tariff: TariffSettings) -> PriceCurve:
    start = MONDAY.astimezone(UTC)
    slots = slots_between(start, start + timedelta(days=len(table)), 60)
    spots = zip(slots, (table.ravel() / 1000).tolist(), strict=True)
    return PriceCurve(
        tuple(
            Price(slot.start, slot.end, tariff.import_price(spot, slot.start.astimezone(BERLIN)), spot)
            for slot, spot in spots
        )
    )


def test_all_three_models_are_scored_for_three_days_ahead() -> None:
    scores = price_scores(priced(market(60), TariffSettings()), BERLIN, TariffSettings())
    assert {(score.model, score.lead) for score in scores} == {
        (model, f"day {lead}") for model in (TAIL, YESTERDAY, WEEK) for lead in (1, 2, 3)
    }
    assert {score.quantity for score in scores} == {Quantity.PRICE}
    assert {score.slots for score in scores} == {SCORED_DAYS * 96}
    best = {score.model: score.mae for score in scores if score.lead == "day 2"}
    assert best[TAIL] < 0.9 * min(best[YESTERDAY], best[WEEK])
    assert all(score.coverage_percent > 70 for score in scores if score.model == TAIL)


def test_fees_are_no_errors() -> None:
    table = market(40)
    tariff = TariffSettings(fee_periods=(FeePeriod(fee_per_kwh=3.0, weekdays=(5, 6)),))
    plain = price_scores(priced(table, TariffSettings()), BERLIN, TariffSettings())
    with_fees = price_scores(priced(table, tariff), BERLIN, tariff)
    assert [score.mae for score in with_fees] == pytest.approx([score.mae for score in plain])


def test_a_week_without_prices_has_no_scores() -> None:
    assert price_scores(PriceCurve(), BERLIN, TariffSettings()) == ()
    assert price_scores(priced(market(7), TariffSettings()), BERLIN, TariffSettings()) == ()
    assert {score.lead for score in price_scores(priced(market(8), TariffSettings()), BERLIN, TariffSettings())} == {
        "day 1"
    }


def test_prices_that_never_change_are_known_exactly() -> None:
    for score in price_scores(priced(np.full((40, 24), 30.0), TariffSettings()), BERLIN, TariffSettings()):
        assert score.mae == score.rmse == pytest.approx(0)
        assert score.coverage_percent == 100


def test_measures_of_one_outcome_by_hand() -> None:
    band = np.array([[[1.0, 1.0]], [[2.0, 2.0]], [[4.0, 4.0]]])
    score = Outcome(np.array([[3.0, 6.0]]), band).score("m", "day 1")
    assert (score.mae, score.bias, score.coverage_percent, score.slots) == (2.5, -2.5, 50.0, 2)
    assert score.rmse == pytest.approx(np.sqrt((1 + 16) / 2))
    assert score.pinball == pytest.approx(((0.2 + 0.5) / 2 + (0.5 + 2.0) / 2 + (0.1 + 1.8) / 2) / 3)


def test_what_happens_after_the_issue_changes_no_forecast() -> None:
    table = market(50)
    later = table.copy()
    later[40:] = RNG.permutation(later[40:].ravel()).reshape(later[40:].shape)
    for lead in (1, 2, 7):
        before, after = (walk_forward(each, 0, lead, 28)[TAIL].band for each in (table, later))
        made_by_then = 40 + lead - 28
        assert (before[:, :made_by_then] == after[:, :made_by_then]).all()
        assert (before[:, made_by_then:] != after[:, made_by_then:]).any()
