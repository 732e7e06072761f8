import pytest

from darkstar.simulation.loop import Run
from darkstar.simulation.scoring import Valuation, saving_share, scores, table


def run(cost: float, discharge_kwh: float = 0, end_soc_kwh: float = 5) -> Run:
    return Run(cost, 100, 50, 0, discharge_kwh, discharge_kwh, 5, end_soc_kwh, 10)


def test_wear_and_the_gain_in_the_battery_count() -> None:
    assert Valuation(0.5, 0.1).cost(run(20, discharge_kwh=30, end_soc_kwh=7)) == pytest.approx(20 + 3 - 1)


def test_share_is_the_part_of_the_possible_saving() -> None:
    assert saving_share(60, 100, 50) == pytest.approx(0.8)
    assert saving_share(120, 100, 50) == pytest.approx(-0.4)
    assert saving_share(100, 100, 100) is None


def test_scores_compare_with_the_first_and_the_last() -> None:
    rows = scores({"none": run(100), "some": run(70, 50), "best": run(40, 100)}, Valuation(0, 0), 10)
    assert [row.share for row in rows] == pytest.approx([0, 0.5, 1])
    assert [row.cycles for row in rows] == pytest.approx([0, 5, 10])
    assert rows[1].cycles_per_year == pytest.approx(182.625)


def test_columns_are_aligned() -> None:
    text = table([("name", "cost"), ("a", "1.00"), ("long name", "12345.00")])
    assert text.splitlines() == [
        "name           cost",
        "-------------------",
        "a              1.00",
        "long name  12345.00",
    ]
