"""Darkstar: the home-energy agent for Home Assistant.

Six thin AppDaemon apps (`planner`, `executor`, `overrides`, `trainer`, `notifier`, `status`) are the
only modules that know AppDaemon; everything below is a pure library that runs on any laptop. Data
flows one way::

    inputs -> forecast -> strategy -> optimizer -> policy -> control -> Home Assistant

* `home`        what the home is (settings) and the words all layers share (slots, prices, readings)
* `inputs`      what the home says: Home Assistant states and services in, typed values out
* `forecast`    load, PV and price expectations with their spread
* `strategy`    turns readings, forecasts and settings into a plan request
* `optimizer`   the MILP: plan request in, plan out
* `policy`      what a stored kWh is worth: four SoC thresholds per slot
* `control`     the decision of this moment and its dispatch to the devices
* `learning`    observations from counters, scores, savings ledger and regret, drift analyzers ("Reflex")
* `simulation`  a house in software, the closed loop, the backtest, what-if
* `storage`     SQLite and model files
* `views`       the plan as chart, table, sentence and page: rendering alone
* `training`    how the models come about, in a process of its own
* `money`       ledger and what-if for the apps and the command line
* `doctor`      what is wrong with the set-up and how to mend it
* `editing`     the owner's `apps.yaml`, changed without losing a comment
* `bundles`     replay, export and import
* `pages`       what each page of the web server answers

`python -m darkstar --help` lists the command line.
"""

__version__ = "0.1.0"
