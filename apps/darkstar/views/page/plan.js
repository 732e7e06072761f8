"use strict";

(() => {
  const { element, icon, by, fill, color, look, remember, post, plotly } = Darkstar;
  const { hours, caption } = Darkstar.chart;
  const HOUR_MS = 3600000;
  const NARROWEST_MS = 2 * HOUR_MS;

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
    { id: "foreseen", name: "Foreseen", color: "--target", key: "line" },
    { id: "expected", name: "Expected", color: "--soc", key: "dots" },
    { id: "target", name: "Target", color: "--target", key: "dots" },
  ];

  const stored = remember("hidden", []);
  const hidden = new Set(stored.get());
  const stage = by("#stage");
  const chart = Darkstar.chart(stage, build, (slot) => choose(slot.from));

  let page = null;
  let data = null;  // what the chart draws
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
        chart.draw();
      },
    })));
  }

  function steps(series, axis, line, more = {}) {
    return { type: "scatter", mode: "lines", x: series.x, y: series.y, yaxis: axis, line: { shape: "hv", ...line }, ...more };
  }

  function band(low, high, axis, name) {
    const tone = { color: color(name, 0), width: 0 };
    return [steps(low, axis, tone), steps(high, axis, tone, { fill: "tonexty", fillcolor: color(name, 0.15) })];
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
    spread: () => [
      ...band(data.pv.p10, data.pv.p90, "y2", "--solar"), ...band(data.load.p10, data.load.p90, "y2", "--home"),
      ...band(data.prices.import_p10, data.prices.import_p90, "y", "--buy"),
      ...band(data.prices.export_p10, data.prices.export_p90, "y", "--sell"),
    ],
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
    foreseen: () => [line(data.soc.foreseen, "--target", "solid", 1.6)],
    soc: () => [
      line(data.soc.planned, "--soc", "solid", 2),
      { ...line(data.soc.actual, "--soc", "solid", 2.5), fill: "tozeroy", fillcolor: color("--soc", 0.14) },
    ],
  };

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

  function captions() {
    const made = [
      caption(`${data.currency}/kWh`, { y: 1 }),
      caption("kW", { y: 0.68 }),
      caption("battery %", { y: 0.25 }),
      caption(data.now_label, { y: 1, xref: "x", x: data.now, font: { size: look().font.size, color: color("--text") } }),
    ];
    const guess = data.prices.import_forecast.x[0];
    if (guess !== undefined && data.window[1] - guess > HOUR_MS) {
      const wide = stage.clientWidth > 600;
      made.push(caption(wide ? "prices are a forecast" : "forecast", { y: 1, xref: "x", x: guess }));
    }
    return made;
  }

  function priceRange() {
    const all = [0, ...Object.values(data.prices).flatMap((series) => series.y).filter((price) => price !== null)];
    const [low, high] = [Math.min(...all), Math.max(...all)];
    const room = (high - low || 1) * 0.12;
    return [low < 0 ? low - room : 0, high + 1.5 * room];
  }

  function build() {
    if (!data.slots.length) return "Nothing to draw yet: no prices, no plan, no measurements.";
    const yaxis = (domain, more) => ({
      domain, fixedrange: true, gridcolor: color("--line"), zeroline: false, nticks: 5, automargin: false, ...more,
    });
    return {
      window: data.window,
      narrowest: NARROWEST_MS,
      ticks: hours(data.ticks),
      spots: data.slots,
      traces: OVERLAYS.filter(({ id }) => !hidden.has(id)).flatMap(({ id }) => DRAW[id]()),
      layout: {
        barmode: "relative",
        shapes: shapes(),
        annotations: captions(),
        xaxis: { type: "date", anchor: "free", position: 0 },
        yaxis: yaxis([0.72, 1], { range: priceRange() }),
        yaxis2: yaxis([0.3, 0.68], { zeroline: true, zerolinecolor: color("--edge") }),
        yaxis3: yaxis([0, 0.25], { range: [0, 105], tickvals: [0, 50, 100] }),
      },
    };
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
  plotly().catch(() => {});  // while the data come; the chart says what is missing

  Darkstar.page({
    show(answer) {
      page = answer;
      data = answer.chart;
      showMarks();
      showTable();
      chart.draw();
    },
  });
})();
