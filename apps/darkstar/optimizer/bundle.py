"""Requests and plans as JSON: the replay bundle, and the id that ties a plan to its request."""

from __future__ import annotations

from functools import cache
from hashlib import sha256

from pydantic import TypeAdapter

from .plan import Plan
from .request import PlanRequest
from .validate import check

_ID_LENGTH = 12


def request_to_json(request: PlanRequest) -> str:
    """The request as canonical JSON: equal requests give equal text, whether built or read."""
    adapter = _requests()
    # One round trip makes 1 and 1.0 the same text.
    return adapter.dump_json(adapter.validate_json(adapter.dump_json(request))).decode()


def request_from_json(text: str) -> PlanRequest:
    """Read a request.

    Raises:
        ValueError: the text is no plan request, or one that no plan can be made for; the message names the
            fields at fault.
    """
    request = _requests().validate_json(text)
    check(request)
    return request


def plan_to_json(plan: Plan) -> str:
    """The plan as indented JSON."""
    return _plans().dump_json(plan, indent=2).decode()


def plan_from_json(text: str) -> Plan:
    """Read a plan.

    Raises:
        ValueError: the text is no plan; the message names the fields at fault.
    """
    return _plans().validate_json(text)


def plan_id_of(request: PlanRequest) -> str:
    """Short hash of the request: the same request has the same plan."""
    return sha256(request_to_json(request).encode()).hexdigest()[:_ID_LENGTH]


@cache
def _requests() -> TypeAdapter[PlanRequest]:
    return TypeAdapter(PlanRequest)


@cache
def _plans() -> TypeAdapter[Plan]:
    return TypeAdapter(Plan)
