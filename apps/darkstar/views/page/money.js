"use strict";

(() => {
  const { element, by, fill, color, plotly, look, remember, act, ask } = Darkstar;
  const FRESH_MS = 300000;
  const NARROWEST_PX = 16;
  const PERIODS = [["day", "Days"], ["week", "Weeks"], ["month", "Months"], ["year", "Years"]];
  const TONES = { load: "--home", pv: "--solar", prices: "--buy", execution: "--heater" };
  const every = remember("money.every", "day");
  let data = null;
  let running = null;
  let askedAt = -FRESH_MS;
  let frame = 0;

  const amount = (value) => (value === null ? "-" : value.toFixed(2));

  function choices() {
    fill("#every", PERIODS.map(([value, title]) => element("button", title, {
      type: "button", "aria-pressed": String(every.get() === value), dataset: { value },
      onclick: () => { every.set(value); choices(); ledger(); },
    })));
  }

  function tile(each) {
    return element("section", [
      element("h2", each.title), element("span", each.value, { class: `number ${each.tone}` }), element("p", each.words),
    ], { class: "card tile" });
  }

  // The running day is worked out in seconds: the page does not wait for it.
  async function today() {
    if (performance.now() - askedAt < FRESH_MS) return;
    askedAt = performance.now();
    try {
      running = await ask({ today: 1 });
    } catch (error) {
      running = { title: "Today so far", value: "-", words: `${error.message}.`, tone: "" };
    }
    tiles();
  }

  function tiles() {
    const waiting = { title: "Today so far", value: "...", words: "It is being worked out.", tone: "" };
    fill("#tiles", [running || waiting, ...data.tiles].map(tile));
  }

  // ---- ledger ----------------------------------------------------------------------------------------

  function ledger() {
    const rows = data.rows[every.get()];
    const power = data.has_power_tariff && ["month", "year"].includes(every.get());
    const noted = rows.some((row) => row.note || row.assumed.length);
    const titles = ["", "Saved", "Cost", "Self-use", "No battery", "Metered", "Wear", "Stored", ...(power ? ["Power"] : []), ...(noted ? [""] : [])];
    const cells = (row) => [row.saved, row.paid, row.plain, row.none, row.money, row.wear, row.stored, ...(power ? [row.power] : [])];
    const body = [...rows].reverse().map((row) => element("tr", [
      element("td", row.title),
      ...cells(row).map((value, at) => element("td", amount(value), { class: at === 0 ? `saved ${tone(value)}` : null })),
      noted ? element("td", [row.note, row.assumed.join("; ")].filter(Boolean).join("; "), { class: "note" }) : null,
    ]));
    by("#rows").hidden = rows.length === 0;
    fill("#rows", [element("thead", element("tr", titles.map((title) => element("th", title)))), element("tbody", body)]);
    drawSoon();
  }

  const tone = (value) => (value === null || Math.abs(value) < 0.005 ? "" : value > 0 ? "good" : "bad");

  function message(text) {
    by("#message").hidden = text === "";
    fill("#message", text);
  }

  function axes(titles) {
    const room = Math.max(Math.floor(by("#stage").clientWidth / 66), 2);
    const every = Math.ceil(titles.length / room);
    const marks = titles.map((title, at) => ({ title, at })).filter(({ at }) => (titles.length - 1 - at) % every === 0);
    return {
      xaxis: {
        fixedrange: true, tickmode: "array", tickvals: marks.map(({ at }) => at), ticktext: marks.map(({ title }) => title), tickangle: 0,
        zeroline: false, showgrid: false,
      },
      yaxis: { fixedrange: true, gridcolor: color("--line"), zerolinecolor: color("--edge"), nticks: 5 },
    };
  }

  function lower(layout) {
    return { ...layout, margin: { ...layout.margin, b: 2.2 * layout.font.size } };
  }

  function caption() {
    return [{
      text: data.currency, xref: "paper", yref: "paper", x: 0, y: 1, xanchor: "left", yanchor: "top", showarrow: false,
      bgcolor: color("--card", 0.75),
    }];
  }

  function drawSoon() {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(draw);
  }

  async function draw() {
    if (!data) return;
    const rows = data.rows[every.get()].slice(-Math.max(Math.floor(by("#stage").clientWidth / NARROWEST_PX), 7));
    message(data.empty);
    by("#chart").hidden = data.empty !== "";
    by("#stage").classList.toggle("empty", data.empty !== "");
    if (data.empty) return;
    try {
      await plotly();
    } catch (error) {
      message(error.message);
      return;
    }
    const said = rows.map((row) => `${row.title}<br>cost ${amount(row.paid)}, self-use ${amount(row.plain)}, no battery ${amount(row.none)}`);
    const bars = (name, title, tones) => ({
      type: "bar", x: rows.map((_, at) => at), y: rows.map((row) => row[name]), text: said, textposition: "none",
      hovertemplate: `%{text}<br>${title}: <b>%{y:.2f}</b><extra></extra>`, marker: { color: tones },
    });
    const against = rows.map((row) => color(row.saved !== null && row.saved < 0 ? "--bad" : "--good"));
    const traces = [bars("saved", "saved against self-use", against), bars("saved_none", "saved against no battery", color("--soc", 0.35))];
    const layout = lower(look({ ...axes(rows.map((row) => row.title)), barmode: "group", bargap: rows.length < 6 ? 0.6 : 0.25, bargroupgap: 0.05, annotations: caption() }));
    Plotly.react(by("#chart"), traces, layout, { displayModeBar: false, responsive: true });
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
    if (found.days.length) plotly().then(drawRegret, () => {});
  }

  function drawRegret() {
    const found = data.regret;
    const traces = found.causes.map((cause) => ({
      type: "bar", x: found.days.map((_, at) => at), y: cause.values, marker: { color: color(TONES[cause.name]) },
      text: found.days, textposition: "none", hovertemplate: `%{text}<br>${cause.title.toLowerCase()}: <b>%{y:.2f}</b><extra></extra>`,
    }));
    const layout = lower(look({ ...axes(found.days), barmode: "relative", bargap: 0.3, annotations: caption() }));
    Plotly.react(by("#bars"), traces, layout, { displayModeBar: false, responsive: true });
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
  new ResizeObserver(drawSoon).observe(by("#stage"));

  Darkstar.page({
    show(fresh) {
      data = fresh;
      tiles();
      ledger();
      regret();
      by("#verdict").hidden = !data.shadow;
      today();
    },
    tick: today,
  });
})();
