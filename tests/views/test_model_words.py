"""Every model that may serve is explained to the owner."""

from __future__ import annotations

import pytest

from darkstar.forecast.choice import candidates
from darkstar.forecast.price_score import TAIL
from darkstar.forecast.training import Quantity
from darkstar.views.model_words import MODEL_WORDS, model_words


@pytest.mark.parametrize("quantity", [Quantity.LOAD, Quantity.PV])
def test_no_model_is_left_without_words(quantity: Quantity) -> None:
    assert all(model_words(candidate.name) for candidate in candidates(quantity))


def test_no_words_are_left_without_a_model() -> None:
    known = {candidate.name for quantity in (Quantity.LOAD, Quantity.PV) for candidate in candidates(quantity)}
    assert MODEL_WORDS.keys() == known | {TAIL}
