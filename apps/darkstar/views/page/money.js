"use strict";

(() => {
  const { element, by, fill, color, remember, act } = Darkstar;
  const { places, caption } = Darkstar.chart;
  const FEWEST = 7;  // so many places are shown at least, and that narrow are bars of few days
  const PERIODS = [["day", "Days"], ["week", "Weeks"], ["month", "Months"], ["year", "Years"]];
  const TONES = { load: "--home", pv: "--solar", prices: "--buy", execution: "--heater" };
  const every = remember("money.every", "day");
  let data = null;
  const saved = Darkstar.chart(by("#stage"), buildSaved);
  const missed = Darkstar.chart(by("#stage-regret"), buildMissed);

  const amount = (value) => (value === null ? "-" : value.toFixed(2));

  function choices() {
    fill("#every", PERIODS.map(([value, title]) => element("button", title, {
      type: "button", "aria-pressed": String(every.get() === value), dataset: { value },
      onclick: () => { every.set(value); choices(); ledger(); saved.whole(); },
    })));
  }

  function tile(each) {
    return element("section", [
      element("h2", each.title), element("span", each.value, { class: `number ${each.tone}` }), element("p", each.words),
    ], { class: "card tile" });
  }

  // ---- ledger ----------------------------------------------------------------------------------------

  function ledger() {
    const rows = data.rows[every.get()];
    const power = data.has_power_tariff && ["month", "year"].includes(every.get());
    const noted = rows.some((row) => row.note || row.assumed.length);
    const titles = [data.currency, "Saved", "Cost", "Self-use", "No battery", "Metered", "Wear", "Stored", ...(power ? ["Power"] : []), ...(noted ? [""] : [])];
    const cells = (row) => [row.saved, row.paid, row.plain, row.none, row.money, row.wear, row.stored, ...(power ? [row.power] : [])];
    const body = [...rows].reverse().map((row) => element("tr", [
      element("td", row.title),
      ...cells(row).map((value, at) => element("td", amount(value), { class: at === 0 ? `saved ${tone(value)}` : null })),
      noted ? element("td", [row.note, row.assumed.join("; ")].filter(Boolean).join("; "), { class: "note" }) : null,
    ]));
    by("#rows").hidden = rows.length === 0;
    fill("#rows", [element("thead", element("tr", titles.map((title) => element("th", title)))), element("tbody", body)]);
    saved.draw();
  }

  const tone = (value) => (value === null || Math.abs(value) < 0.005 ? "" : value > 0 ? "good" : "bad");

  const inMoney = (value) => (value === null ? "not known" : `${value.toFixed(2)} ${data.currency}`);

  /** Bars side by side, one place for each title; the newest is at the right. */
  function bars(titles, rows, traces, barmode) {
    const first = Math.min(titles.length - FEWEST, 0);
    return {
      window: [first - 0.5, titles.length - 0.5],
      narrowest: FEWEST,
      ticks: places(titles),
      spots: titles.map((title, at) => ({ from: at - 0.5, to: at + 0.5, title, rows: rows[at] })),
      traces: traces.map((trace) => ({ type: "bar", x: titles.map((_, at) => at), ...trace })),
      layout: {
        barmode, bargap: 0.25, bargroupgap: 0.05, margin: { t: 24, b: 26 },
        xaxis: { showgrid: false },
        yaxis: { fixedrange: true, gridcolor: color("--line"), zerolinecolor: color("--edge"), nticks: 5 },
        annotations: [caption(data.currency, { y: 1, yanchor: "bottom" })],
      },
    };
  }

  function buildSaved() {
    if (data.empty) return data.empty;
    const rows = data.rows[every.get()];
    const against = rows.map((row) => color(row.saved !== null && row.saved < 0 ? "--bad" : "--good"));
    const told = rows.map((row) => [
      ["Saved against self-use", inMoney(row.saved)], ["Saved against no battery", inMoney(row.saved_none)],
      ["Cost", inMoney(row.paid)], ["Self-use would cost", inMoney(row.plain)], ["No battery would cost", inMoney(row.none)],
    ]);
    return bars(rows.map((row) => row.title), told, [
      { y: rows.map((row) => row.saved), marker: { color: against } },
      { y: rows.map((row) => row.saved_none), marker: { color: color("--soc", 0.35) } },
    ], "group");
  }

  // ---- regret ----------------------------------------------------------------------------------------

  function regret() {
    const found = data.regret;
    fill("#missed", found.words);
    by("#causes").hidden = found.days.length === 0;
    by("#stage-regret").hidden = found.days.length === 0;
    fill("#causes", found.causes.map((cause) => element("section", [
      element("h2", cause.title), element("b", `${amount(cause.sum)} ${data.currency}`), element("p", cause.words),
    ], { class: "cause", style: `--tone: var(${TONES[cause.name]})` })));
    fill("#notes", found.notes.map((note) => element("li", note)));
    if (found.days.length) missed.draw();
  }

  function buildMissed() {
    const { days, causes, totals } = data.regret;
    const told = days.map((_, at) => [...causes.map((cause) => [cause.title, inMoney(cause.values[at])]), ["In all", inMoney(totals[at])]]);
    return bars(days, told, causes.map((cause) => ({ y: cause.values, marker: { color: color(TONES[cause.name]) } })), "relative");
  }

  // ---- the rest --------------------------------------------------------------------------------------

  by("#csv").onclick = async () => {
    const answer = await act("ledger_csv", { by: every.get() });
    if (!answer) return;
    const address = URL.createObjectURL(new Blob([answer.content], { type: "text/csv" }));
    element("a", [], { href: address, download: answer.file }).click();
    setTimeout(() => URL.revokeObjectURL(address), 1000);
  };

  by("#judge").onclick = async (event) => {
    const button = event.currentTarget;
    button.disabled = true;
    fill("#verdict-words", "The days are being worked through.");
    const verdict = await act("judge_shadow");
    button.disabled = false;
    if (!verdict) {
      fill("#verdict-words", "");
      return;
    }
    by("#verdict").dataset.decision = verdict.decision;
    fill("#verdict-words", verdict.words);
    fill("#verdict-facts", verdict.facts.map(([label, value]) => element("div", [element("dt", label), element("dd", value)])));
    fill("#against", verdict.against.map((reason) => element("li", reason)));
  };

  fill("#keys", [["Saved against plain self-use", "--good"], ["Saved against no battery", "--soc", 0.35]].map(([title, tone, alpha = 1]) => (
    element("span", [element("span", [], { class: "key", style: `color: var(${tone}); opacity: ${alpha}` }), title]))));
  choices();

  Darkstar.page({
    show(fresh) {
      data = fresh;
      by("#stage").classList.toggle("empty", data.empty !== "");
      fill("#tiles", data.tiles.map(tile));
      ledger();
      regret();
      by("#verdict").hidden = !data.shadow;
    },
  });
})();
