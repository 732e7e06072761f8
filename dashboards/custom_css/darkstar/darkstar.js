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

// The navigation is one line of links instead of tiles: it scrolls sideways on a phone, keys reach it, and the dashboard that
// is shown is marked. Skin and theme of the address go along.
(() => {
  const { pathname, search } = location;
  const kept = new URLSearchParams([...new URLSearchParams(search)].filter(([name]) => ["skin", "theme"].includes(name)));
  const bar = document.createElement("nav");
  const Original = window.basejavascript;
  bar.id = "pages";
  bar.setAttribute("aria-label", "Pages");

  window.basejavascript = function basejavascript(id, url, skin, parameters) {
    Original.call(this, id, url, skin, parameters);
    if (!parameters.url) return;
    const link = document.createElement("a");
    link.href = `${parameters.url}?${kept}`;
    link.textContent = parameters.fields.title;
    bar.append(link);
    if (!bar.isConnected) document.body.prepend(bar);
    if (!pathname.endsWith(`/${parameters.url}`)) return;
    link.setAttribute("aria-current", "page");
    requestAnimationFrame(() => { bar.scrollLeft = link.offsetLeft - (bar.clientWidth - link.offsetWidth) / 2; });
  };
})();
