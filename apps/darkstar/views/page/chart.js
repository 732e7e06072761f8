"use strict";

(() => {
  const DATA_URL = "darkstar_chart_data";
  const PLOTLY_URL = "darkstar_plotly";
  const POLL_MS = 15000;
  const TIMEOUT_MS = 10000;
  const LATE_S = 900;
  const STORED_AS = "darkstar.hidden";
  const FONT = "Inter, Roboto, 'Segoe UI', 'Helvetica Neue', 'Liberation Sans', Arial, sans-serif";

  const OVERLAYS = [
    { id: "buy", name: "Buy price", color: "--buy", key: "line" },
    { id: "sell", name: "Sell price", color: "--sell", key: "line" },
    { id: "home", name: "Home", color: "--home", key: "line" },
    { id: "solar", name: "Solar", color: "--solar", key: "line" },
    { id: "spread", name: "Spread", color: "--muted", key: "band" },
    { id: "charge", name: "Charge", color: "--buy", key: "" },
    { id: "store", name: "Store", color: "--solar", key: "" },
    { id: "discharge", name: "Discharge", color: "--home", key: "" },
    { id: "export", name: "Export", color: "--sell", key: "" },
    { id: "heater", name: "Water", color: "--heater", key: "" },
    { id: "car", name: "Car", color: "--car", key: "" },
    { id: "soc", name: "SoC", color: "--soc", key: "line" },
    { id: "expected", name: "Expected", color: "--soc", key: "dots" },
    { id: "target", name: "Target", color: "--target", key: "dots" },
  ];

  const page = Object.fromEntries(
    ["story", "headline", "details", "notices", "overlays", "reset", "age", "stage", "chart", "cursor", "tip", "message"]
      .map((id) => [id, document.getElementById(id)]),
  );
  const query = new URLSearchParams(location.search);
  const prefersDark = window.matchMedia("(prefers-color-scheme: dark)");
  const embedded = window.self !== window.top;

  let data = null;
  let receivedAt = 0;
  let failure = "";
  let libraryFailed = false;
  let asking = false;
  let zoomRevision = 1;  // Plotly keeps the zoom while it stays the same and is not zero
  let hidden = readHidden();

  // ---- what the owner chose ------------------------------------------------------------------------

  function readHidden() {
    try {
      const stored = JSON.parse(localStorage.getItem(STORED_AS));
      return new Set(Array.isArray(stored) ? stored : []);
    } catch {
      return new Set();
    }
  }

  function writeHidden() {
    try {
      localStorage.setItem(STORED_AS, JSON.stringify([...hidden]));
    } catch {
      // A browser that forgets is no reason to stop drawing.
    }
  }

  function applyTheme() {
    const wanted = query.get("theme");
    const dark = wanted ? wanted === "dark" : prefersDark.matches;
    document.documentElement.dataset.theme = dark ? "dark" : "light";
  }

  function color(name, alpha = 1) {
    const hex = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    if (alpha === 1) return hex;
    const part = (at) => parseInt(hex.slice(at, at + 2), 16);
    return `rgba(${part(1)}, ${part(3)}, ${part(5)}, ${alpha})`;
  }

  // ---- talking to Darkstar -------------------------------------------------------------------------

  async function ask() {
    if (asking) return;
    asking = true;
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), TIMEOUT_MS);
    try {
      const response = await fetch(DATA_URL, { cache: "no-store", signal: stop.signal });
      if (!response.ok) throw new Error(`Darkstar answered with error ${response.status}`);
      data = await response.json();
      receivedAt = performance.now();
      failure = "";
      if (libraryFailed) loadLibrary();
    } catch (error) {
      failure = error.message.startsWith("Darkstar answered") ? error.message : "Darkstar does not answer";
    } finally {
      clearTimeout(timer);
      asking = false;
    }
    show();
  }

  function loadLibrary() {
    const script = document.createElement("script");
    script.src = PLOTLY_URL;
    script.onload = () => {
      libraryFailed = false;
      show();
    };
    script.onerror = () => {
      libraryFailed = true;
      show();
    };
    document.head.append(script);
  }

  // ---- words ---------------------------------------------------------------------------------------

  function ageInWords(seconds) {
    if (seconds < 90) return `${Math.round(seconds)} s`;
    if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
    return `${Math.round(seconds / 3600)} h`;
  }

  function showAge() {
    if (!data) {
      page.age.textContent = failure || "asking Darkstar";
      page.age.classList.toggle("late", failure !== "");
      return;
    }
    const age = data.age_seconds + (performance.now() - receivedAt) / 1000;
    page.age.textContent = `${failure ? "no answer, " : ""}updated ${ageInWords(age)} ago`;
    page.age.classList.toggle("late", failure !== "" || age > LATE_S);
  }

  function message() {
    if (libraryFailed) return "The chart library is missing: install the Python package plotly where AppDaemon runs.";
    if (!data) return failure ? `${failure}. Trying again every ${POLL_MS / 1000} seconds.` : "Asking Darkstar for the plan.";
    if (!window.Plotly) return "Loading the chart.";
    return data.slots.length ? "" : "Nothing to draw yet: no prices, no plan, no measurements.";
  }

  function showWords() {
    showAge();
    page.message.textContent = message();
    page.message.hidden = page.message.textContent === "";
    page.overlays.hidden = page.reset.hidden = !page.message.hidden;
    page.chart.hidden = !page.message.hidden;
    page.story.hidden = embedded || !data;
    if (!data) return;
    page.headline.textContent = data.story[0] || "";
    page.details.textContent = data.story.slice(1).join(" ");
    const notices = embedded ? data.missing : [...data.problems, ...data.missing];
    page.notices.hidden = notices.length === 0;
    page.notices.replaceChildren(...notices.map((text) => element("li", text)));
  }

  function element(tag, text = "") {
    const made = document.createElement(tag);
    made.textContent = text;
    return made;
  }

  function makeOverlays() {
    page.overlays.replaceChildren(...OVERLAYS.map((overlay) => {
      const button = element("button");
      const key = element("span");
      key.className = `key ${overlay.key}`;
      key.style.color = `var(${overlay.color})`;
      button.type = "button";
      button.id = `overlay-${overlay.id}`;
      button.setAttribute("aria-pressed", String(!hidden.has(overlay.id)));
      button.append(key, overlay.name);
      button.onclick = () => {
        if (!hidden.delete(overlay.id)) hidden.add(overlay.id);
        button.setAttribute("aria-pressed", String(!hidden.has(overlay.id)));
        writeHidden();
        draw();
      };
      return button;
    }));
  }

  // ---- the drawing ---------------------------------------------------------------------------------

  function steps(series, axis, line, more = {}) {
    return { type: "scatter", mode: "lines", x: series.x, y: series.y, yaxis: axis, line: { shape: "hv", ...line }, ...more };
  }

  function band(series, name) {
    const tone = { color: color(name, 0), width: 0 };
    return [
      steps(series.p10, "y2", tone),
      steps(series.p90, "y2", tone, { fill: "tonexty", fillcolor: color(name, 0.13) }),
    ];
  }

  function bar(id, name) {
    const shade = data.bars.measured.map((measured) => (measured ? 0.55 : 0.85));
    return {
      type: "bar", x: data.bars.x, y: data.bars[id], width: data.bars.width, offset: 0, yaxis: "y2",
      marker: { color: color(name), opacity: shade, line: { width: 0 } },
    };
  }

  function line(series, name, dash, width) {
    return {
      type: "scatter", mode: "lines", x: series.x, y: series.y, yaxis: "y3",
      line: { color: color(name), dash, width },
    };
  }

  const DRAW = {
    buy: () => [
      steps(data.prices.import, "y", { color: color("--buy"), width: 2 }, { fill: "tozeroy", fillcolor: color("--buy", 0.1) }),
      steps(data.prices.import_forecast, "y", { color: color("--buy", 0.7), width: 1.5, dash: "dot" }),
    ],
    sell: () => [
      steps(data.prices.export, "y", { color: color("--sell"), width: 2 }),
      steps(data.prices.export_forecast, "y", { color: color("--sell", 0.7), width: 1.5, dash: "dot" }),
    ],
    spread: () => [...band(data.pv, "--solar"), ...band(data.load, "--home")],
    charge: () => [bar("charge", "--buy")],
    store: () => [bar("store", "--solar")],
    discharge: () => [bar("discharge", "--home")],
    export: () => [bar("export", "--sell")],
    heater: () => [bar("heater", "--heater")],
    car: () => [bar("car", "--car")],
    solar: () => [
      steps(data.pv.p50, "y2", { color: color("--solar"), width: 1.5 }),
      steps(data.pv.actual, "y2", { color: color("--solar"), width: 2 }),
    ],
    home: () => [
      steps(data.load.p50, "y2", { color: color("--home"), width: 1.5 }),
      steps(data.load.actual, "y2", { color: color("--home"), width: 2 }),
    ],
    target: () => [steps(data.soc.target, "y3", { color: color("--target"), width: 1.5, dash: "dot" })],
    expected: () => [line(data.soc.expected, "--soc", "dot", 1.8)],
    soc: () => [
      line(data.soc.planned, "--soc", "solid", 2),
      { ...line(data.soc.actual, "--soc", "solid", 2.5), fill: "tozeroy", fillcolor: color("--soc", 0.14) },
    ],
  };

  function milliseconds(instant) {
    return typeof instant === "number" ? instant : Date.parse(`${instant.replace(" ", "T")}Z`);
  }

  function shownRange() {
    return page.chart.layout ? page.chart.layout.xaxis.range.map(milliseconds) : data.window;
  }

  // Plotly knows no time zones, so the hours of the home come from Darkstar; here is only chosen which to label.
  function ticks([from, to]) {
    const room = Math.max((page.stage.clientWidth - 70) / (4.7 * fontSize()), 2);
    const hours = (to - from) / 3600000;
    const every = [1, 2, 3, 4, 6, 12].find((step) => hours / step <= room) || 24;
    let day = "";
    const chosen = [];
    let labelled = "";
    for (const tick of data.ticks) {
      if (tick.day) day = tick.day;
      if (tick.x < from || tick.x > to || tick.hour % every) continue;
      const isNewDay = day !== labelled;
      chosen.push({ x: tick.x, text: isNewDay ? `${tick.label}<br>${day}` : tick.label });
      labelled = day;
    }
    return chosen;
  }

  function verticals() {
    const upright = (x, look) => ({ type: "line", xref: "x", yref: "paper", x0: x, x1: x, y0: 0, y1: 1, line: look });
    const midnights = data.ticks.filter((tick) => tick.day).slice(1);
    return [
      { type: "rect", xref: "x", yref: "paper", x0: data.window[0], x1: data.now, y0: 0, y1: 1, fillcolor: color("--past"), line: { width: 0 }, layer: "below" },
      ...midnights.map((tick) => upright(tick.x, { color: color("--edge"), width: 1.5 })),
      upright(data.now, { color: color("--now"), width: 1.5, dash: "dash" }),
    ];
  }

  function floorLine() {
    return {
      type: "line", xref: "paper", yref: "y3", x0: 0, x1: 1, y0: data.soc.floor, y1: data.soc.floor,
      line: { color: color("--alarm", 0.6), width: 1, dash: "dot" },
    };
  }

  function fontSize() {
    return Math.max(0.7 * parseFloat(getComputedStyle(document.documentElement).fontSize), 10.5);
  }

  function caption(text, y) {
    return {
      text, xref: "paper", yref: "paper", x: 0, y, xanchor: "left", yanchor: "top", xshift: 4,
      showarrow: false, font: { size: fontSize(), color: color("--muted") }, bgcolor: color("--card", 0.7),
    };
  }

  function priceRange() {
    const known = [...data.prices.import.y, ...data.prices.export.y, ...data.prices.import_forecast.y, ...data.prices.export_forecast.y];
    const all = [0, ...known.filter((price) => price !== null)];
    const [low, high] = [Math.min(...all), Math.max(...all)];
    const room = (high - low || 1) * 0.12;
    return [low < 0 ? low - room : 0, high + 1.5 * room];
  }

  function layout(range) {
    const marks = ticks(range);
    const size = fontSize();
    const yaxis = (domain, more) => ({
      domain, fixedrange: true, gridcolor: color("--grid"), zeroline: false, nticks: 5, automargin: false,
      tickfont: { size }, ...more,
    });
    return {
      uirevision: zoomRevision,
      autosize: true,
      margin: { l: 3.5 * size, r: 10, t: 6, b: 3.3 * size },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: FONT, size, color: color("--muted") },
      showlegend: false,
      hovermode: false,
      dragmode: "pan",
      barmode: "relative",
      shapes: [...verticals(), floorLine()],
      annotations: [
        caption(`${data.currency}/kWh`, 1),
        caption("kW", 0.68),
        caption("battery %", 0.25),
        { ...caption(data.now_label, 1), xref: "x", x: data.now, font: { size, color: color("--now") } },
      ],
      xaxis: {
        type: "date", range: data.window.slice(), minallowed: data.window[0], maxallowed: data.window[1],
        uirevision: zoomRevision, anchor: "y3", showgrid: false, zeroline: false,
        tickmode: "array", tickvals: marks.map((tick) => tick.x), ticktext: marks.map((tick) => tick.text),
        tickfont: { size }, tickangle: 0,
      },
      yaxis: yaxis([0.72, 1], { range: priceRange() }),
      yaxis2: yaxis([0.29, 0.68], { zeroline: true, zerolinecolor: color("--muted"), zerolinewidth: 1 }),
      yaxis3: yaxis([0, 0.25], { range: [0, 104], tickvals: [0, 50, 100] }),
    };
  }

  function draw() {
    if (!data || !window.Plotly || message()) return;
    document.getElementById("overlay-car").hidden = !data.bars.car.some(Boolean);
    const traces = Object.entries(DRAW).flatMap(([id, make]) => (hidden.has(id) ? [] : make()));
    const first = !page.chart.layout;
    const config = { displayModeBar: false, scrollZoom: true, responsive: true, doubleClick: false, showTips: false };
    const range = shownRange();
    Plotly.react(page.chart, traces, layout(range), config);
    // What is shown in the end is Plotly's to say: it keeps the owner's zoom, and follows a new day without one.
    const settled = shownRange();
    if (settled.some((edge, at) => edge !== range[at])) Plotly.react(page.chart, traces, layout(settled), config);
    if (!first) return;
    page.chart.on("plotly_relayout", (change) => {
      hideTip();
      if (Object.keys(change).some((key) => key.startsWith("xaxis.range") || key === "autosize")) draw();
    });
    page.chart.on("plotly_doubleclick", resetZoom);
  }

  function resetZoom() {
    zoomRevision += 1;
    draw();
  }

  function show() {
    showWords();
    draw();
  }

  // ---- pointing at a slot --------------------------------------------------------------------------

  function pointAt(event) {
    const axis = data && page.chart._fullLayout && page.chart._fullLayout.xaxis;
    if (!axis || event.buttons > 1) return hideTip();
    const box = page.stage.getBoundingClientRect();
    const instant = axis.p2d(event.clientX - box.left - axis._offset);
    const at = milliseconds(instant);
    const slot = data.slots.find((candidate) => candidate.from <= at && at < candidate.to);
    const inside = event.clientX - box.left >= axis._offset && event.clientX - box.left <= axis._offset + axis._length;
    if (!slot || !inside) return hideTip();
    fillTip(slot);
    placeTip(event.clientX - box.left, event.clientY - box.top, box, axis, slot);
    return undefined;
  }

  function fillTip(slot) {
    const list = element("dl");
    for (const [label, value] of slot.rows) list.append(element("dt", label), element("dd", value));
    const parts = [element("strong", slot.title), list];
    if (slot.reason) parts.push(element("p", slot.reason));
    page.tip.replaceChildren(...parts);
    page.tip.hidden = false;
  }

  // Beside the pointer, never over the slot it is about.
  function placeTip(x, y, box, axis, slot) {
    const left = axis._offset + axis.d2p(slot.from);
    const right = axis._offset + axis.d2p(slot.to);
    page.cursor.hidden = false;
    page.cursor.style.cssText = `left:${left}px;width:${Math.max(right - left, 2)}px;top:0;bottom:${3.3 * fontSize()}px`;
    const fits = right + 18 + page.tip.offsetWidth <= box.width;
    page.tip.style.left = `${fits ? right + 18 : Math.max(left - 18 - page.tip.offsetWidth, 0)}px`;
    page.tip.style.top = `${Math.max(Math.min(y - page.tip.offsetHeight / 2, box.height - page.tip.offsetHeight), 0)}px`;
  }

  function hideTip() {
    page.tip.hidden = true;
    page.cursor.hidden = true;
  }

  // ---- start ---------------------------------------------------------------------------------------

  applyTheme();
  if (embedded) document.documentElement.dataset.embedded = "";
  makeOverlays();
  loadLibrary();
  ask();
  setInterval(ask, POLL_MS);
  setInterval(showAge, 1000);
  prefersDark.addEventListener("change", () => {
    applyTheme();
    draw();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) ask();
  });
  page.reset.onclick = resetZoom;
  page.stage.addEventListener("pointermove", pointAt);
  page.stage.addEventListener("pointerdown", pointAt);
  page.stage.addEventListener("pointerleave", hideTip);
})();
