"use strict";

// Which colours: what the address says (?theme=dark|light), else what the dashboard around the page shows, else the device.
// Runs before the first paint.
(() => {
  const root = document.documentElement;
  const device = window.matchMedia("(prefers-color-scheme: dark)");

  function around() {
    try {
      return window.frameElement ? window.parent.document.documentElement.dataset.theme : "";
    } catch {
      return "";  // the frame of another site
    }
  }

  /** Whether HADashboard stands around the page: it has a navigation of its own. A side panel has none. */
  function inDashboard() {
    try {
      return Boolean(window.frameElement && window.parent.document.querySelector(".gridster"));
    } catch {
      return false;
    }
  }

  function apply() {
    const wanted = new URLSearchParams(location.search).get("theme") || around();
    root.dataset.theme = ["dark", "light"].includes(wanted) ? wanted : (device.matches ? "dark" : "light");
    root.dispatchEvent(new Event("themechange"));
  }

  apply();
  device.addEventListener("change", apply);
  if (inDashboard()) root.dataset.embedded = "";
})();
