from darkstar.simulation.backtest.text_table import table


def test_columns_are_aligned() -> None:
    text = table([("name", "cost"), ("a", "1.00"), ("long name", "12345.00")])
    assert text.splitlines() == [
        "name           cost",
        "-------------------",
        "a              1.00",
        "long name  12345.00",
    ]
