"use strict";

(() => {
  const { element, by, fill, color, remember, act, ask, say } = Darkstar;
  const { hours, caption } = Darkstar.chart;
  const NARROWEST_MS = 4 * 3600000;
  const FRESH_MS = 60000;
  const OLD_MS = 300000;
  const SURE_MS = 4000;
  const LEADS = [["1", "1 h ahead"], ["6", "6 h ahead"], ["24", "24 h ahead"]];
  const DAYS = [["1", "today"], ["3", "3 days"], ["7", "7 days"]];
  const BUTTONS = [
    { name: "train_now", title: "Train now", says: "Training has begun." },
    { name: "run_backfill", title: "Read the past again", says: "The past is being read from Home Assistant." },
    { name: "reset_learning", title: "Reset today", says: "What was learned today is taken back.", sure: true },
    { name: "clear_learning", title: "Clear models", says: "The trained models are put aside.", sure: true },
  ];
  const LINES = [
    ["Home, measured", "--home", ""], ["Solar, measured", "--solar", ""], ["Forecast", "--buy", ""], ["p10 to p90", "--buy", "band"],
    ["Mean of 7 days", "--muted", "dots"],
  ];
  const lead = remember("learning.lead", "6");
  const days = remember("learning.days", "3");
  const chart = Darkstar.chart(by("#stage"), build);
  let drawn = null;
  let failure = "";
  let askedAt = 0;

  // ---- buttons ---------------------------------------------------------------------------------------

  /** A button; one that takes something away wants a second tap. */
  function button({ name, title, says, sure }) {
    const made = element("button", title, { class: "button", type: "button", dataset: { press: name } });
    made.onclick = async () => {
      if (sure && !made.classList.contains("sure")) {
        made.classList.add("sure");
        made.textContent = `${title}: tap again`;
        setTimeout(() => { made.classList.remove("sure"); made.textContent = title; }, SURE_MS);
        return;
      }
      if (await act("press", { name })) say(says);
    };
    return made;
  }

  function choices(selector, list, stored) {
    fill(selector, list.map(([value, title]) => element("button", title, {
      type: "button", "aria-pressed": String(stored.get() === value), dataset: { value },
      onclick: () => { stored.set(value); choices(selector, list, stored); load().then(chart.whole); },
    })));
  }

  // ---- chart -----------------------------------------------------------------------------------------

  async function load() {
    askedAt = performance.now();
    try {
      drawn = await ask({ days: days.get(), lead: lead.get() });
      failure = "";
    } catch (error) {
      failure = `${error.message}.`;
    }
    chart.draw();
  }

  function steps(series, axis, line, more = {}) {
    return { type: "scatter", mode: "lines", x: series.x, y: series.y, yaxis: axis, line: { shape: "hv", ...line }, ...more };
  }

  function traces(series, axis, tone) {
    const none = { color: "rgba(0,0,0,0)", width: 0 };
    return [
      steps(series.p10, axis, none),
      steps(series.p90, axis, none, { fill: "tonexty", fillcolor: color("--buy", 0.18) }),
      steps(series.base, axis, { color: color("--muted", 0.8), width: 1.2, dash: "dot" }),
      steps(series.expected, axis, { color: color("--buy"), width: 1.8 }),
      steps(series.measured, axis, { color: color(tone), width: 1.8 }),
    ];
  }

  function build() {
    if (!drawn) return failure || "Asking for the forecasts.";
    if (!drawn.spots.length) return "No forecast and no measurement of these days is stored yet.";
    const axis = (domain) => ({ domain, fixedrange: true, rangemode: "tozero", gridcolor: color("--line"), zeroline: false, nticks: 5 });
    return {
      window: drawn.window,
      narrowest: NARROWEST_MS,
      ticks: hours(drawn.ticks),
      spots: drawn.spots,
      traces: [...traces(drawn.load, "y", "--home"), ...traces(drawn.pv, "y2", "--solar")],
      layout: {
        xaxis: { type: "date", anchor: "y2" },
        yaxis: axis([0.53, 1]),
        yaxis2: axis([0, 0.47]),
        annotations: [caption("home, kW", { y: 1 }), caption("solar, kW", { y: 0.47 })],
        shapes: [{
          type: "line", xref: "x", yref: "paper", x0: drawn.now, x1: drawn.now, y0: 0, y1: 1,
          line: { color: color("--text"), width: 1.5, dash: "dash" },
        }],
      },
    };
  }

  // ---- the rest --------------------------------------------------------------------------------------

  function skill(each) {
    const facts = [["Error", each.error, ""], ["Between p10 and p90", each.coverage, each.coverage_tone], ["Model", each.model, ""], ["Since", each.since, ""]];
    return element("section", [
      element("h2", each.title),
      element("p", [element("span", each.value, { class: each.tone }), element("small", "less error than the simple model")], { class: "number" }),
      element("dl", facts.filter(([, value]) => value).flatMap(([label, value, tone]) => [element("dt", label), element("dd", value, { class: tone })])),
      ...(each.words ? [element("p", each.words)] : []),
      element("p", each.why, { class: "why" }),
    ], { class: "card skill", dataset: { quantity: each.quantity } });
  }

  const figure = (value, digits) => (value === null ? "-" : value.toFixed(digits));

  function signed(value) {
    const shown = Number(value.toFixed(1));  // what rounds to zero has no sign
    return `${shown > 0 ? "+" : ""}${shown.toFixed(1)}`;
  }

  function rowOf(cells) {
    return element("tr", cells.map((cell) => element("td", cell)));
  }

  function head(titles) {
    return element("thead", element("tr", titles.map((title) => element("th", title))));
  }

  function made(rows) {
    by("#made").hidden = rows.length === 0;
    fill("#made", [
      head(["kWh", "Base", "Correction", "Forecast"]),
      element("tbody", rows.map((row) => rowOf([
        `${row.title}, ${row.day.toLowerCase()}`, figure(row.base, 1),
        row.correction === null ? "-" : signed(row.correction), figure(row.expected, 1),
      ]))),
    ]);
  }

  function table(each) {
    const digits = each.unit === "kW" ? 3 : 4;
    return element("div", element("table", [
      element("caption", [each.title, element("span", ` in ${each.unit}: ${each.model} beside ${each.baseline}`)]),
      head(["Ahead", "Error", "Simple", "Bias", "Covered"]),
      element("tbody", each.rows.map((row) => {
        const cells = rowOf([row.lead, figure(row.error, digits), figure(row.simple, digits), figure(row.bias, digits),
          row.coverage === null ? "-" : `${row.coverage} %`]);
        cells.children[1].className = row.tone;
        return cells;
      })),
    ], { class: "table" }), { class: "scroll" });
  }

  function proposal(each) {
    return element("li", [
      element("b", `${each.path}: ${each.before} to ${each.value}`),
      element("p", each.why),
      element("button", "Apply", {
        class: "button primary", type: "button",
        onclick: async () => {
          if (await act("reflex_apply", { path: each.path })) say(`${each.path} is ${each.value} now. Darkstar begins anew with it.`);
        },
      }),
    ], { class: "item", dataset: { path: each.path } });
  }

  function change(each) {
    const whose = each.own === each.value ? "" : ` (your file says ${each.own})`;
    return element("li", [
      element("b", `${each.path}: ${each.before} to ${each.value}${whose}`),
      element("p", each.why),
      element("p", `${each.at}${each.ended ? `; ${each.ended}` : ""}`),
      each.active ? element("button", each.takes_along ? "Undo, with later ones" : "Undo", {
        class: "button", type: "button",
        onclick: async () => {
          if (await act("reflex_undo", { number: each.number })) say(`${each.path} is as before. Darkstar begins anew with it.`);
        },
      }) : null,
    ], { class: each.active ? "item" : "item over", dataset: { number: each.number } });
  }

  function reflex(data) {
    fill("#mode", data.words);
    fill("#reviewed", data.reviewed);
    fill("#proposals", data.proposals.map(proposal));
    fill("#changes", data.changes.map(change));
    by("#looks").hidden = data.findings.length === 0;
    fill("#findings", data.findings.map((each) => element("li", [element("b", `${each.analyzer}, ${each.verdict}: `), each.text])));
  }

  function champions(list) {
    fill("#history", list.length
      ? list.map((each) => element("li", [
        element("span", each.at, { class: "at" }), element("span", each.quantity),
        element("span", [element("b", each.previous ? `${each.champion} after ${each.previous}` : each.champion), `: ${each.why}`], { class: "words" }),
      ]))
      : element("li", "No training has chosen a model yet.", { class: "muted" }));
  }

  fill("#buttons", BUTTONS.map(button));
  fill("#keys", LINES.map(([title, tone, kind]) => element("span", [element("span", [], { class: `key ${kind}`, style: `color: var(${tone})` }), title])));
  choices("#leads", LEADS, lead);
  choices("#days", DAYS, days);

  Darkstar.page({
    show(data) {
      fill("#title", data.level.title);
      fill("#words", data.level.words);
      fill("#next", data.level.next);
      fill("#answer", data.level.answer);
      by("[data-press='train_now']").disabled = data.level.running;
      fill("#steps", data.level.steps.map((step) => element("li", [element("b", step.title), `${step.words}, ${step.from}`], { class: step.state })));
      fill("#skills", data.skills.map(skill));
      made(data.made_of);
      fill("#facts", data.parts.flatMap(([label, words]) => [element("dt", label), element("dd", words)]));
      fill("#trained", data.trained);
      fill("#tables", data.leads.map(table));
      reflex(data.reflex);
      champions(data.champions);
      if (performance.now() - askedAt > FRESH_MS || !drawn) load();
      else chart.draw();
    },
    tick() {
      if (performance.now() - askedAt > OLD_MS && !document.hidden) load();
    },
  });
})();
