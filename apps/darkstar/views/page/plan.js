"use strict";

(() => {
  const { element, icon, by, fill, color, remember, post } = Darkstar;
  const FONT = "Inter, Roboto, 'Segoe UI', 'Helvetica Neue', 'Liberation Sans', Arial, sans-serif";
  const HOUR_MS = 3600000;
  const NARROWEST_MS = 2 * HOUR_MS;
  const WHEEL_STEP = 0.0016;
  const MOVED_PX = 8;

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

  const stored = remember("hidden", []);
  const hidden = new Set(stored.get());
  const stage = by("#stage");
  const chart = by("#chart");
  const touch = by("#touch");
  const tip = by("#tip");
  const cursor = by("#cursor");

  let page = null;
  let data = null;  // what the chart draws
  let range = null;  // what of it is shown; null: all
  let broken = "";
  let frame = 0;
  let drawnFor = "";
  let weighed = null;

  // ---- what is drawn -------------------------------------------------------------------------------

  function makeOverlays() {
    fill("#overlays", OVERLAYS.map((overlay) => element("button", [
      element("span", [], { class: `key ${overlay.key}`, style: `color: var(${overlay.color})` }), overlay.name,
    ], {
      type: "button", id: `overlay-${overlay.id}`, "aria-pressed": String(!hidden.has(overlay.id)),
      onclick: (event) => {
        if (!hidden.delete(overlay.id)) hidden.add(overlay.id);
        event.currentTarget.setAttribute("aria-pressed", String(!hidden.has(overlay.id)));
        stored.set([...hidden]);
        draw();
      },
    })));
  }

  function steps(series, axis, line, more = {}) {
    return { type: "scatter", mode: "lines", x: series.x, y: series.y, yaxis: axis, line: { shape: "hv", ...line }, ...more };
  }

  function band(series, name) {
    const tone = { color: color(name, 0), width: 0 };
    return [
      steps(series.p10, "y2", tone),
      steps(series.p90, "y2", tone, { fill: "tonexty", fillcolor: color(name, 0.15) }),
    ];
  }

  function bar(id, name) {
    const shade = data.bars.measured.map((measured) => (measured ? 0.5 : 0.85));
    return {
      type: "bar", x: data.bars.x, y: data.bars[id], width: data.bars.width, offset: 0, yaxis: "y2",
      marker: { color: color(name), opacity: shade, line: { width: 0 } },
    };
  }

  function line(series, name, dash, width) {
    return { type: "scatter", mode: "lines", x: series.x, y: series.y, yaxis: "y3", line: { color: color(name), dash, width } };
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

  function shown() {
    return range || data.window;
  }

  // Plotly knows no time zones, so the hours of the home come from Darkstar; here is only chosen which to label.
  function ticks([from, to]) {
    const room = Math.max((stage.clientWidth - 70) / (4.7 * fontSize()), 2);
    const hours = (to - from) / HOUR_MS;
    const every = [1, 2, 3, 4, 6, 12].find((step) => hours / step <= room) || 24;
    const chosen = [];
    let day = "";
    let labelled = "";
    for (const tick of data.ticks) {
      if (tick.day) day = tick.day;
      if (tick.x < from || tick.x > to || tick.hour % every) continue;
      chosen.push({ x: tick.x, text: day === labelled ? tick.label : `${tick.label}<br>${day}` });
      labelled = day;
    }
    return chosen;
  }

  function shapes() {
    const upright = (x, look) => ({ type: "line", xref: "x", yref: "paper", x0: x, x1: x, y0: 0, y1: 1, line: look });
    const area = (x0, x1, fillcolor) => ({ type: "rect", xref: "x", yref: "paper", x0, x1, y0: 0, y1: 1, fillcolor, line: { width: 0 }, layer: "below" });
    const midnights = data.ticks.filter((tick) => tick.day).slice(1);
    const made = [
      area(data.window[0], data.now, color("--past")),
      ...midnights.map((tick) => upright(tick.x, { color: color("--edge"), width: 1.5 })),
      upright(data.now, { color: color("--text"), width: 1.5, dash: "dash" }),
      {
        type: "line", xref: "paper", yref: "y3", x0: 0, x1: 1, y0: data.soc.floor, y1: data.soc.floor,
        line: { color: color("--bad", 0.6), width: 1, dash: "dot" },
      },
    ];
    const guess = data.prices.import_forecast.x[0];
    if (guess !== undefined) made.push(area(guess, data.window[1], color("--buy", 0.045)));
    return made;
  }

  function fontSize() {
    return Math.max(0.72 * parseFloat(getComputedStyle(document.documentElement).fontSize), 10.5);
  }

  function captions() {
    const size = fontSize();
    const caption = (text, more) => ({
      text, xref: "paper", yref: "paper", x: 0, xanchor: "left", yanchor: "top", xshift: 4, showarrow: false,
      font: { size, color: color("--muted") }, bgcolor: color("--card", 0.75), ...more,
    });
    const made = [
      caption(`${data.currency}/kWh`, { y: 1 }),
      caption("kW", { y: 0.68 }),
      caption("battery %", { y: 0.25 }),
      caption(data.now_label, { y: 1, xref: "x", x: data.now, font: { size, color: color("--text") } }),
    ];
    const guess = data.prices.import_forecast.x[0];
    if (guess !== undefined && data.window[1] - guess > HOUR_MS) {
      const wide = stage.clientWidth > 600;
      made.push(caption(wide ? "prices are a forecast" : "forecast", { y: 1, xref: "x", x: guess }));
    }
    return made;
  }

  function priceRange() {
    const { import: bought, export: sold, import_forecast: guessed, export_forecast: resold } = data.prices;
    const all = [0, ...[bought, sold, guessed, resold].flatMap((series) => series.y).filter((price) => price !== null)];
    const [low, high] = [Math.min(...all), Math.max(...all)];
    const room = (high - low || 1) * 0.12;
    return [low < 0 ? low - room : 0, high + 1.5 * room];
  }

  function layout() {
    const marks = ticks(shown());
    const size = fontSize();
    const yaxis = (domain, more) => ({
      domain, fixedrange: true, gridcolor: color("--line"), zeroline: false, nticks: 5, automargin: false,
      tickfont: { size }, ...more,
    });
    return {
      autosize: true,
      margin: { l: 3.5 * size, r: 10, t: 6, b: 3.3 * size },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: FONT, size, color: color("--muted") },
      showlegend: false,
      hovermode: false,
      dragmode: false,
      barmode: "relative",
      shapes: shapes(),
      annotations: captions(),
      xaxis: {
        type: "date", range: shown().slice(), fixedrange: true,
        tickmode: "array", tickvals: marks.map((mark) => mark.x), ticktext: marks.map((mark) => mark.text),
        gridcolor: color("--line"), zeroline: false, anchor: "free", position: 0, tickangle: 0, tickfont: { size },
      },
      yaxis: yaxis([0.72, 1], { range: priceRange() }),
      yaxis2: yaxis([0.3, 0.68], { zeroline: true, zerolinecolor: color("--edge") }),
      yaxis3: yaxis([0, 0.25], { range: [0, 105], tickvals: [0, 50, 100] }),
    };
  }

  function words() {
    if (broken) return broken;
    if (!window.Plotly) return "Loading the chart.";
    return data && data.slots.length ? "" : "Nothing to draw yet: no prices, no plan, no measurements.";
  }

  function draw() {
    const text = words();
    fill("#message", text);
    by("#message").hidden = text === "";
    chart.hidden = touch.hidden = text !== "";
    by("#reset").disabled = !range;
    if (text) return;
    const traces = OVERLAYS.filter(({ id }) => !hidden.has(id)).flatMap(({ id }) => DRAW[id]())
      .map((trace) => ({ ...trace, hoverinfo: "skip" }));
    drawnFor = `${stage.clientWidth} ${stage.clientHeight}`;
    Plotly.react(chart, traces, layout(), { displayModeBar: false, staticPlot: true, responsive: false });
  }

  // The stage has another size: draw again, unless what is drawn fits already.
  function resized() {
    if (chart._fullLayout && drawnFor === `${stage.clientWidth} ${stage.clientHeight}`) return;
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(draw);
  }

  // Zoomed and moved: only the axis changes.
  function moveSoon() {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => {
      by("#reset").disabled = !range;
      const { xaxis } = layout();
      Plotly.relayout(chart, {
        "xaxis.range": xaxis.range, "xaxis.tickvals": xaxis.tickvals, "xaxis.ticktext": xaxis.ticktext,
      });
    });
  }

  function loadLibrary() {
    const script = document.createElement("script");
    script.src = document.body.dataset.plotly;
    script.onload = () => { broken = ""; draw(); };
    script.onerror = () => {
      broken = "The chart library is missing: install the Python package plotly where AppDaemon runs.";
      draw();
    };
    document.head.append(script);
  }

  // ---- zoom and pan --------------------------------------------------------------------------------

  function axis() {
    const found = chart._fullLayout && chart._fullLayout.xaxis;
    return found && { left: found._offset, width: found._length };
  }

  function timeAt(x) {
    const { left, width } = axis();
    const [from, to] = shown();
    return from + ((x - left) / width) * (to - from);
  }

  function pixelAt(time) {
    const { left, width } = axis();
    const [from, to] = shown();
    return left + ((time - from) / (to - from)) * width;
  }

  // A range inside what there is, never narrower than one can read; all of it is no zoom.
  function setRange(from, length) {
    const [first, last] = data.window;
    const kept = Math.min(Math.max(length, NARROWEST_MS), last - first);
    const start = Math.min(Math.max(from, first), last - kept);
    range = kept >= last - first ? null : [start, start + kept];
    hideTip();
    moveSoon();
  }

  function zoom(x, factor) {
    const [from, to] = shown();
    const at = timeAt(x);
    const length = Math.min(Math.max((to - from) * factor, NARROWEST_MS), data.window[1] - data.window[0]);
    setRange(at - ((at - from) / (to - from)) * length, length);
  }

  function inStage(event) {
    const box = stage.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  const fingers = new Map();
  let grip = null;

  function hold() {
    const [from, to] = shown();
    const xs = [...fingers.values()].map((finger) => finger.x);
    grip = { from, to, xs, moved: grip ? grip.moved : false };
  }

  function pressed(event) {
    if (!axis()) return;
    if (!fingers.size) grip = null;
    fingers.set(event.pointerId, inStage(event));
    touch.setPointerCapture(event.pointerId);
    hold();
  }

  function moved(event) {
    const at = inStage(event);
    if (!axis()) return;
    if (!fingers.has(event.pointerId)) {
      pointAt(at);
      return;
    }
    fingers.set(event.pointerId, at);
    const xs = [...fingers.values()].map((finger) => finger.x);
    if (xs.length === 1) drag(xs[0]);
    else pinch(xs);
  }

  function drag(x) {
    if (!grip.moved && Math.abs(x - grip.xs[0]) < MOVED_PX) return;
    grip.moved = true;
    const length = grip.to - grip.from;
    setRange(grip.from - ((x - grip.xs[0]) / axis().width) * length, length);
  }

  // The two times under the two fingers stay under them.
  function pinch(xs) {
    grip.moved = true;
    const { left, width } = axis();
    const apart = Math.max(Math.abs(xs[1] - xs[0]), 20);
    const before = Math.max(Math.abs(grip.xs[1] - grip.xs[0]), 20);
    const length = (grip.to - grip.from) * (before / apart);
    const middle = (grip.xs[0] + grip.xs[1]) / 2;
    const held = grip.from + ((middle - left) / width) * (grip.to - grip.from);
    setRange(held - (((xs[0] + xs[1]) / 2 - left) / width) * length, length);
  }

  function released(event) {
    const tapped = fingers.size === 1 && fingers.has(event.pointerId) && grip && !grip.moved && event.type === "pointerup";
    fingers.delete(event.pointerId);
    if (fingers.size) hold();
    if (!tapped) return;
    pointAt(inStage(event));
    const slot = slotAt(timeAt(inStage(event).x));
    if (slot) choose(slot.from);
  }

  function resetZoom() {
    range = null;
    hideTip();
    draw();
  }

  // ---- pointing at a slot --------------------------------------------------------------------------

  function slotAt(time) {
    return data.slots.find((slot) => slot.from <= time && time < slot.to);
  }

  function pointAt({ x, y }) {
    const { left, width } = axis();
    const slot = x >= left && x <= left + width ? slotAt(timeAt(x)) : null;
    if (!slot) {
      hideTip();
      return;
    }
    const list = element("dl", slot.rows.flatMap(([label, value]) => [element("dt", label), element("dd", value)]));
    fill(tip, [element("strong", slot.title), list, ...(slot.reason ? [element("p", slot.reason)] : [])]);
    tip.hidden = false;
    placeTip(y, slot);
  }

  // Beside the slot it is about, never over it: on the side with more room, and only as wide as fits there.
  function placeTip(y, slot) {
    const [from, to] = [pixelAt(slot.from), pixelAt(slot.to)];
    const [room, height] = [stage.clientWidth, stage.clientHeight];
    const gap = 16;
    const onTheRight = room - to >= from;
    const space = (onTheRight ? room - to : from) - gap;
    tip.style.width = `${Math.max(Math.min(17.5 * parseFloat(getComputedStyle(document.documentElement).fontSize), space), 120)}px`;
    tip.style.left = `${onTheRight ? to + gap : Math.max(from - gap - tip.offsetWidth, 0)}px`;
    tip.style.top = `${Math.max(Math.min(y - tip.offsetHeight / 2, height - tip.offsetHeight), 0)}px`;
    const { left, width } = axis();
    const [begin, end] = [Math.max(from, left), Math.min(to, left + width)];
    cursor.hidden = false;
    cursor.style.cssText = `left:${begin}px;width:${Math.max(end - begin, 2)}px;top:0;bottom:${3.3 * fontSize()}px`;
  }

  function hideTip() {
    tip.hidden = true;
    cursor.hidden = true;
  }

  // ---- a slot and what lost ------------------------------------------------------------------------

  async function choose(at) {
    weighed = at;
    const row = [...document.querySelectorAll("#plan tr[data-at]")].filter((each) => Number(each.dataset.at) <= at).pop();
    const slot = data.slots.find((each) => each.from <= at && at < each.to);
    mark();
    if (!row || at + 1 < Number(document.querySelector("#plan tr[data-at]").dataset.at)) {
      showSlot({ title: slot ? slot.title : "", does: "", action: "hold", reason: slot ? slot.reason : "", prices: "" },
        [element("p", "This slot is past: there is nothing left to choose.", { class: "muted" })]);
      return;
    }
    showSlot({ title: slot ? slot.title : "", does: "", action: row.dataset.action, reason: slot ? slot.reason : "", prices: "" },
      [element("p", "Working out what else could be done, and what it would cost.", { class: "muted" })]);
    let answer = null;
    let reason = "";
    try {
      answer = await post("why", { at });
    } catch (error) {
      reason = error.message;
    }
    if (weighed !== at) return;
    if (answer) showSlot(answer, [others(answer.others)]);
    else by("#slot .weighed").replaceChildren(element("p", `${reason}.`, { class: "muted" }));
  }

  function others(rows) {
    if (!rows.length) return element("p", "Nothing else can be done in this slot.", { class: "muted" });
    const kind = (extra) => (extra === null ? "never" : extra > 0.005 ? "lost" : "even");
    return element("ul", rows.map((row) => element("li", [
      element("span", row.amount, { class: "extra" }),
      element("span", [element("b", row.device), ` ${row.words}`]),
    ], { class: kind(row.extra) })), { id: "others" });
  }

  function showSlot(slot, content) {
    const place = by("#slot");
    place.hidden = false;
    place.className = `card ${slot.action}`;
    fill(place, [
      element("div", [
        element("h2", slot.title), element("h1", slot.does), element("p", slot.reason), element("p", slot.prices, { class: "muted small" }),
      ]),
      element("div", [element("h2", "Instead"), ...content], { class: "weighed" }),
      element("button", icon("close"), {
        class: "button close", type: "button", "aria-label": "Close",
        onclick: () => { place.hidden = true; weighed = null; mark(); },
      }),
    ]);
    place.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  function mark() {
    const rows = [...document.querySelectorAll("#plan tr[data-at]")];
    const chosen = weighed === null ? null : rows.filter((row) => Number(row.dataset.at) <= weighed).pop();
    for (const row of rows) row.setAttribute("aria-selected", String(row === chosen));
  }

  // ---- the table -----------------------------------------------------------------------------------

  function showTable() {
    const table = by("#plan");
    const state = JSON.stringify([page.columns, page.days]);
    by("#empty").hidden = page.days.length > 0;
    fill("#empty", page.days.length ? "" : "There is no plan yet: it is made as soon as the battery's SoC and the prices are known.");
    if (table.dataset.state === state) return;
    table.dataset.state = state;
    const look = { Does: "does", Why: "words", Time: "time", Buy: "buy", SoC: "soc" };
    const head = element("thead", element("tr", page.columns.map((title) => element("th", title, { class: look[title] ?? null }))));
    const bodies = page.days.map((day) => element("tbody", [
      element("tr", element("th", `${day.day}, ${day.cost}`, { colspan: page.columns.length }), { class: "day" }),
      ...day.rows.map((row) => element("tr", row.cells.map((cell, at) => {
        const title = page.columns[at];
        return element("td", title === "Does" ? element("span", cell) : cell, { class: look[title] ?? null });
      }), {
        class: `${row.action}${row.known ? "" : " guess"}`, dataset: { at: row.at, action: row.action }, tabindex: 0,
        onclick: () => choose(row.at),
        onkeydown: (event) => { if (event.key === "Enter") choose(row.at); },
      })),
    ]));
    fill(table, [head, ...bodies]);
    mark();
  }

  function showMarks() {
    const made = page.marks;
    const chip = (label, text) => element("span", [label, element("b", text)], { class: "chip" });
    const chips = data.missing.map((text) => element("span", text, { class: "chip" }));
    if (made) {
      chips.push(chip("Plan of ", `${made.made}, ${made.status_words}`), chip("Costs ", `${made.cost} over the horizon`));
      if (made.prices_until) chips.push(chip("Prices known until ", made.prices_until));
    }
    chips.push(chip("Risk: ", page.risk));
    if (page.events) chips.push(chip("Day events: ", page.events));
    fill("#marks", chips);
    by("#notes").hidden = !made || made.notes.length === 0;
    fill("#rests", (made ? made.notes : []).map((note) => element("li", note)));
  }

  // ---- start ---------------------------------------------------------------------------------------

  makeOverlays();
  loadLibrary();
  fill("#reset", [icon("reset"), "Whole plan"]);
  by("#reset").onclick = resetZoom;
  touch.addEventListener("pointerdown", pressed);
  touch.addEventListener("pointermove", moved);
  touch.addEventListener("pointerup", released);
  touch.addEventListener("pointercancel", released);
  touch.addEventListener("pointerleave", () => { if (!fingers.size) hideTip(); });
  touch.addEventListener("dblclick", resetZoom);
  touch.addEventListener("wheel", (event) => {
    if (!axis()) return;
    event.preventDefault();
    zoom(inStage(event).x, Math.exp(Math.max(Math.min(event.deltaY, 240), -240) * WHEEL_STEP));
  }, { passive: false });
  new ResizeObserver(resized).observe(stage);

  Darkstar.page({
    show(answer) {
      page = answer;
      data = answer.chart;
      if (range && (range[0] < data.window[0] || range[1] > data.window[1])) range = null;
      showMarks();
      showTable();
      draw();
    },
  });
})();
