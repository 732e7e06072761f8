"""The pages that Status serves and the actions that they may order: the registry, and how to add to it.

A page `log` is added with:

1. `views/log_page.py` with a pure function that turns values into a dict for `json.dumps`. Words, units and local
   times are made here; the script only places them.
2. `views/page/log.html` (what stands inside `<main>`), `views/page/log.js` and, if need be, `views/page/log.css`.
   `views/page/base.js` runs before and has the tools; a page's script is little more than

       "use strict";
       Darkstar.page({
         show(data) { Darkstar.fill("#lines", data.lines.map((line) => Darkstar.element("li", line))); },
       });

   `Darkstar.page({show, tick})` asks for the data at once and then every `every_s` seconds, calls `show(data)` when
   they have changed and `tick()` every second, keeps the age in the foot, says what is missing and when nobody answers.
   `Darkstar.act("name", {...})` posts an action; what is refused is shown, and the data are asked for again.
   `Darkstar.ask({slot: 1})` gets the data with a query of the page's own. `Darkstar.element`, `.icon`, `.fill`,
   `.by`, `.color`, `.remember` are described in `base.js`. A page with `plotly` has `Darkstar.chart`, too (`chart.js`):
   every chart is made with it, so that zoom, keys and tips are the same. Never `innerHTML`: what comes from Home
   Assistant is text.
   `base.css` has the colours of both themes as variables and the classes `card`, `row`, `button`, `chip`, `table`.
3. one line in `PAGES` below: title, function `(desk, query) -> dict` that gathers and calls the view (`pages/log.py`),
   seconds between polls. It runs on a worker thread and may take its time. What it cannot do it says with
   `RefusedError`.
4. `dashboards/darkstar_log.dash` (copy `darkstar_plan.dash`, change title and name), and one widget in
   `dashboards/darkstar_nav.yaml`.

The page is then `app/darkstar_log`, its data `app/darkstar_log_data`. An action is a function
`(desk, payload) -> dict` and a line in `ACTIONS`: it is posted as `{"action": "name", ...}` to the one endpoint
`api/appdaemon/darkstar_action`, which asks for AppDaemon's password where one is set and refuses other sites. A payload
is checked by the action itself, best with pydantic, and refused with `RefusedError`.

All addresses in pages are relative, so a page also works on its own, in a panel_iframe and behind ingress.
"""

from __future__ import annotations

from collections.abc import Mapping

from .actions import choose, order, press, set_number, switch
from .desk import Action, Page
from .doctor import DoctorVisit, replay_bundle
from .executor import executor_data, judge_shadow
from .learning import learning_data, reflex_apply, reflex_undo
from .log import log_data
from .manual import block_desk, manual_data
from .money import ledger_csv, money_data
from .plan import plan_data, why
from .settings import save_settings, settings_data, try_notification
from .status import status_data
from .whatif import what_if

_visit = DoctorVisit()

PAGES: Mapping[str, Page] = {
    "status": Page("Status", status_data, every_s=5),
    "plan": Page("Plan", plan_data, every_s=15, plotly=True),
    "manual": Page("Manual plan", manual_data, every_s=15),
    "executor": Page("Executor", executor_data, every_s=15),
    "learning": Page("Learning", learning_data, every_s=15, plotly=True),
    "money": Page("Money", money_data, every_s=60, plotly=True),
    "whatif": Page("What if", what_if.data, every_s=15, plotly=True),
    "settings": Page("Settings", settings_data, every_s=30),
    "doctor": Page("Doctor", _visit, every_s=30),
    "log": Page("Log", log_data, every_s=10),
}
"""By name, in the order of the navigation."""

ACTIONS: Mapping[str, Action] = {
    "order": order,
    "press": press,
    "switch": switch,
    "choose": choose,
    "set_number": set_number,
    "why": why,
    "judge_shadow": judge_shadow,
    "preview_block": block_desk.preview,
    "apply_block": block_desk.put,
    "remove_block": block_desk.remove,
    "reflex_apply": reflex_apply,
    "reflex_undo": reflex_undo,
    "ledger_csv": ledger_csv,
    "what_if": what_if.ask,
    "what_if_past": what_if.start,
    "what_if_stop": what_if.stop,
    "advise": what_if.advise,
    "look_again": _visit.again,
    "replay_bundle": replay_bundle,
    "save_settings": save_settings,
    "test_notification": try_notification,
}
