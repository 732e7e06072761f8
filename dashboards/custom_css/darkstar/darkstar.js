"use strict";

// HADashboard writes "entity not found" over the title of a tile whose entity is missing when the page
// connects, and fails on its first update: after a restart of AppDaemon or Home Assistant a wall tablet would
// stay broken until somebody reloads it. Here such a tile keeps its title, is dimmed, and wakes up by itself.
(() => {
  const Original = window.WidgetBase;

  window.WidgetBase = function WidgetBase(...details) {
    this.entity_state = {};
    Original.apply(this, details);
    const [id, , , parameters, entities] = details;
    const widget = this;
    const fill = this.set_state;
    const update = this.on_ha_data;
    const tile = () => document.getElementById(id);
    let filled = false;

    this.set_state = (child, state) => {
      filled = Boolean(state) && state.state !== null && state.state !== undefined;
      tile().classList.toggle("waiting", !filled);
      if (filled) fill.call(widget, child, state);
    };

    this.on_ha_data = (event) => {
      const ours = event.event_type === "state_changed"
        && event.namespace === parameters.namespace
        && entities.some((watched) => watched.entity === event.data.entity_id);
      if (!ours) return;
      if (!event.data.new_state) {
        widget.set_state(widget, null);
      } else if (filled) {
        update.call(widget, event);
      } else {
        widget.set_state(widget, event.data.new_state);
      }
    };
  };
})();

// Dark or light: what the address says (?theme=dark|light), else what the device wants. The pages in the frames follow.
(() => {
  const device = window.matchMedia("(prefers-color-scheme: dark)");
  const wanted = new URLSearchParams(location.search).get("theme");

  function apply() {
    const dark = wanted === "dark" || (wanted !== "light" && device.matches);
    document.documentElement.dataset.theme = dark ? "dark" : "light";
  }

  apply();
  device.addEventListener("change", apply);
})();

// The tile of the navigation that leads to this dashboard is marked; a chosen theme goes along to the others.
(() => {
  const { pathname, search } = location;
  const theme = ["dark", "light"].find((each) => each === new URLSearchParams(search).get("theme"));
  const Original = window.basejavascript;

  window.basejavascript = function basejavascript(id, url, skin, parameters) {
    if (parameters.url && theme) parameters.args = { theme };
    Original.call(this, id, url, skin, parameters);
    if (parameters.url && pathname.endsWith(`/${parameters.url}`)) document.getElementById(id).classList.add("current");
  };
})();
