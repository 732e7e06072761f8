"use strict";

(() => {
  const { element, by, fill, color, remember, act, post, refresh } = Darkstar;
  const { hours, places, caption } = Darkstar.chart;
  const NARROWEST_MS = 4 * 3600000;
  const POWER_PEAKS = 3;
  const days = remember("whatif.days", 30);
  const chart = Darkstar.chart(by("#stage"), build);
  let form = null;
  let answer = null;
  let wasRunning = false;
  let advised = false;

  const sign = (value, digits = 2) => {
    const shown = Number(value.toFixed(digits));  // what rounds to zero has no sign
    return `${shown > 0 ? "+" : ""}${shown.toFixed(digits)}`;
  };
  const tone = (value) => (Math.abs(value) < 0.005 ? "" : value > 0 ? "good" : "bad");

  // ---- appliances ------------------------------------------------------------------------------------

  function appliance(each) {
    const waits = each.saving !== null && each.saving >= 0.005;
    const words = each.cost === null ? each.words : waits
      ? `Costs ${each.cost.toFixed(2)} ${each.currency} then, ${each.cost_now.toFixed(2)} now.`
      : `Costs ${each.cost.toFixed(2)} ${each.currency}; no other time is cheaper.`;
    return element("li", [
      element("h3", [each.name, element("span", ` ${each.energy_kwh} kWh`)]),
      element("b", each.start === null ? "-" : waits ? each.when : "Now"),
      waits ? element("span", `saves ${each.saving.toFixed(2)} ${each.currency}`, { class: "good" }) : null,
      element("p", words),
    ], { class: "appliance", dataset: { name: each.name } });
  }

  async function advise() {
    by("#again").disabled = true;
    fill("#appliances", form.appliances.length
      ? form.appliances.map((each) => element("li", [element("h3", each.name), element("p", `${each.words}: being worked out.`)], { class: "appliance" }))
      : element("li", "No appliances are set.", { class: "muted" }));
    try {
      const found = await post("advise");
      fill("#appliances", found.advice.map(appliance));
    } catch (error) {
      fill("#appliances", element("li", `${error.message}.`, { class: "muted" }));
    }
    by("#again").disabled = false;
  }

  // ---- a sale ----------------------------------------------------------------------------------------

  async function sell(event) {
    event.preventDefault();
    const button = by("#ask-sale");
    button.disabled = true;
    fill("#sale-words", "Planning the days around the sale.");
    fill("#sale-more", []);
    try {
      const found = await post("what_if", { export_kwh: Number(by("#kwh").value) });
      by("#sale-words").className = tone(found.gain);
      fill("#sale-words", found.words);
      fill("#sale-more", [
        element("ul", found.slots.map((slot) => element("li", [
          element("span", slot.when, { class: "when" }), element("span", "sell"),
          element("span", `${slot.kwh.toFixed(2)} kWh at ${slot.export_price.toFixed(3)}`),
        ])), { class: "moves" }),
        moves(found.elsewhere),
      ]);
    } catch (error) {
      by("#sale-words").className = "bad";
      fill("#sale-words", `${error.message}.`);
    }
    button.disabled = false;
  }

  function moves(list) {
    if (!list.length) return element("p", "Nothing else changes.", { class: "muted small" });
    return element("details", [
      element("summary", `What else changes: ${list.length} ${list.length === 1 ? "thing" : "things"}`),
      element("ul", list.map((each) => element("li", [
        element("span", each.when, { class: "when" }), element("span", each.flow), element("span", `${sign(each.kwh)} kWh`),
      ])), { class: "moves" }),
    ]);
  }

  // ---- the form --------------------------------------------------------------------------------------

  function item(each) {
    const placeholder = each.now === null ? "none" : each.now;
    return element("label", [
      element("span", each.title),
      element("input", [], { id: `f-${each.name}`, type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false", placeholder, dataset: { name: each.name } }),
      element("span", each.unit, { class: "unit" }),
    ], { class: "item", for: `f-${each.name}` });
  }

  function choice(title, options, more) {
    const list = options.map(([value, words]) => element("option", words, { value }));
    return element("label", [element("span", title), element("select", list, more)], { class: "item wide", for: more.id });
  }

  function drawForm() {
    const risk = form.risk.levels.map((word, at) => [String(at + 1), `${at + 1} ${word}`]);
    const unchanged = form.risk.now === null ? "as it is: none" : `as it is: ${form.risk.now} ${form.risk.levels[form.risk.now - 1]}`;
    fill("#fields", [
      ...form.fields.map(item),
      choice("The car is charged", [["cheapest", "in the cheapest hours"], ["at_once", "as soon as it comes home"]], { id: "car-how" }),
      choice("Risk appetite", [["", unchanged], ...risk], { id: "risk" }),
    ]);
    fill("#more", form.more.map(item));
    fill("#days", form.days.map((count) => element("button", `${count} days`, {
      type: "button", "aria-pressed": String(days.get() === count),
      onclick: () => { days.set(count); drawDays(); },
    })));
    by("#ask-sale").disabled = !form.can_sell;
    if (!form.can_sell) fill("#sale-words", "This home's battery may not sell.");
  }

  function drawDays() {
    for (const [at, button] of [...by("#days").children].entries()) {
      button.setAttribute("aria-pressed", String(form.days[at] === days.get()));
    }
  }

  function typed(name) {
    const field = document.getElementById(`f-${name}`);
    const text = field ? field.value.trim().replace(",", ".") : "";
    return text === "" ? null : Number.isNaN(Number(text)) ? text : Number(text);
  }

  /** What the form says, as the question has it. */
  function changes() {
    const made = {};
    for (const name of ["battery_kwh", "battery_kw", "pv_kwp", "fixed_price_per_kwh"]) {
      if (typed(name) !== null) made[name] = typed(name);
    }
    const power = typed("power_price");
    if (power !== null) made.power_tariffs = power === 0 ? [] : [{ price_per_kw_month: power, count: POWER_PEAKS }];
    if (typed("ev_kwh") !== null) made.ev = { kwh_per_day: typed("ev_kwh"), charging: by("#car-how").value };
    if (by("#risk").value) made.risk_appetite = Number(by("#risk").value);
    const tariff = form.more.map(({ name }) => [name.split(".")[1], typed(name)]).filter(([, value]) => value !== null);
    if (tariff.length) made.tariff = Object.fromEntries(tariff);
    return made;
  }

  function refused(text) {
    by("#refusal").hidden = !text;
    fill("#refusal", text);
  }

  async function ahead(event) {
    event.preventDefault();
    const button = by("#ask-ahead");
    button.disabled = true;
    button.textContent = "Planning ...";
    try {
      answer = await post("what_if", { changes: changes() });
      refused("");
      drawAnswer();
      by("#result").scrollIntoView({ block: "nearest", behavior: "smooth" });
    } catch (error) {
      refused(`${error.message}.`);
    }
    button.disabled = false;
    button.textContent = "The next two days";
  }

  async function past() {
    try {
      showRun((await post("what_if_past", { changes: changes(), days: days.get() })).run);
      refused("");
      by("#result").scrollIntoView({ block: "nearest", behavior: "smooth" });
    } catch (error) {
      refused(`${error.message}.`);
    }
  }

  function showRun(run) {
    by("#run").hidden = !run.running;
    by("#ask-past").disabled = run.running;
    fill("#run-words", run.words);
    by("#track").setAttribute("aria-valuenow", String(run.percent));
    by("#track span").style.width = `${run.percent}%`;
    if (wasRunning && !run.running) {
      if (run.error) refused(`${run.error}.`);
      if (run.answer) by("#result").scrollIntoView({ block: "nearest", behavior: "smooth" });
    }
    if (run.answer && (wasRunning || !answer)) {
      answer = run.answer;
      drawAnswer();
    }
    wasRunning = run.running;
  }

  // ---- the answer ------------------------------------------------------------------------------------

  function chips(texts) {
    return element("ul", texts.map((text) => element("li", text, { class: "chip" })), { class: "changes" });
  }

  function list(texts, look) {
    return texts.length ? element("ul", texts.map((text) => element("li", text)), { class: look }) : null;
  }

  function table(titles, rows) {
    return element("div", element("table", [
      element("thead", element("tr", titles.map((title) => element("th", title)))),
      element("tbody", rows.map(([cells, mine]) => element("tr", cells.map((cell) => element("td", cell)), { class: mine ? "mine" : null }))),
    ], { class: "table" }), { class: "scroll" });
  }

  function drawAnswer() {
    const isPast = answer.kind === "past";
    fill("#result-title", `${isPast ? "Over the past" : "Ahead"}: ${answer.when}`);
    const year = isPast ? element("p", `${sign(answer.saved_per_year, 0)} ${answer.currency} in a year of such days.`, { class: "muted" }) : null;
    fill("#answer", [element("p", answer.words, { class: `number ${tone(answer.saved)}` }), year, chips(answer.changes)].filter(Boolean));
    by("#stage").hidden = false;
    fill("#details", (isPast ? pastDetails() : aheadDetails()).filter(Boolean));
    chart.draw();
  }

  function aheadDetails() {
    const row = (title, key) => [[title, answer.as_is[key].toFixed(2), answer.changed[key].toFixed(2), sign(answer.changed[key] - answer.as_is[key])], key === "net"];
    return [
      list(answer.not_possible.map((wish) => `Not possible: ${wish}`), "bad"),
      table([answer.currency, "As it is", "As it would be", "Difference"], [
        row("Import less export, and wear", "cost"), row("Power tariff", "peaks"), row("Stored at the end, worth", "stored"), row("Net", "net"),
      ]),
      moves(answer.elsewhere),
      list(answer.assumptions, "assumed"),
    ];
  }

  function pastDetails() {
    const row = (prefix, each) => [[`${prefix}: ${each.name}`, each.cost.toFixed(2), each.money.toFixed(2), each.power.toFixed(2),
      each.import_kwh.toFixed(0), each.export_kwh.toFixed(0), each.cycles.toFixed(1)], each.name === "Darkstar"];
    return [
      table(["", `Cost ${answer.currency}`, "Metered", "Power", "Import kWh", "Export kWh", "Cycles"], [
        ...answer.as_is.map((each) => row("As it is", each)), ...answer.changed.map((each) => row("As it would be", each)),
      ]),
      list([...answer.assumptions, `simulated in ${answer.seconds.toFixed(0)} s`], "assumed"),
    ];
  }

  function build() {
    return answer.kind === "past" ? cases() : series();
  }

  const axis = (more) => ({ fixedrange: true, gridcolor: color("--line"), zeroline: true, zerolinecolor: color("--edge"), nticks: 5, ...more });

  function series() {
    const told = answer.series;
    if (!told.x.length) return "The plan has no slots.";
    const line = (name, yaxis, tone, more) => ({
      type: "scatter", mode: "lines", x: told.x, y: told[name], yaxis, line: { color: color(tone), width: 2, shape: "hv", ...more },
    });
    const pair = (name, digits) => (at) => `${told[`${name}_changed`][at].toFixed(digits)} (${told[`${name}_as_is`][at]?.toFixed(digits) ?? "-"})`;
    const [stored, grid] = [pair("stored", 1), pair("grid", 2)];
    return {
      window: [told.x[0], told.end],
      narrowest: NARROWEST_MS,
      ticks: hours(told.ticks),
      spots: told.x.map((from, at) => ({
        from, to: told.x[at + 1] ?? told.end, title: told.when[at],
        rows: [["In the battery after it, kWh", stored(at)], ["From the grid, kW", grid(at)]], reason: "In brackets: as planned.",
      })),
      traces: [
        line("stored_as_is", "y", "--muted", { dash: "dot", width: 1.6 }), line("stored_changed", "y", "--soc"),
        line("grid_as_is", "y2", "--muted", { dash: "dot", width: 1.6 }), line("grid_changed", "y2", "--buy"),
      ],
      layout: {
        xaxis: { type: "date", anchor: "y2" },
        yaxis: axis({ domain: [0.54, 1] }),
        yaxis2: axis({ domain: [0, 0.48] }),
        annotations: [caption("battery, kWh (dotted: as planned)", { y: 1 }), caption("from the grid, kW", { y: 0.48 })],
      },
    };
  }

  function cases() {
    const names = answer.as_is.map((each) => each.name);
    const told = (each) => [["Cost", `${each.cost.toFixed(2)} ${answer.currency}`], ["Import", `${each.import_kwh.toFixed(0)} kWh`],
      ["Export", `${each.export_kwh.toFixed(0)} kWh`]];
    const spot = (list, words, from) => list.map((each, at) => ({ from: at + from, to: at + from + 0.34, title: `${each.name}, ${words}`, rows: told(each) }));
    const bars = (list, tone) => ({
      type: "bar", x: list.map((_, at) => at), y: list.map((each) => each.cost), marker: { color: tone },
      text: list.map((each) => each.cost.toFixed(0)), textposition: "outside", cliponaxis: false,
    });
    const highest = Math.max(...answer.as_is.map((each) => each.cost), ...answer.changed.map((each) => each.cost), 0);
    const lowest = Math.min(...answer.as_is.map((each) => each.cost), ...answer.changed.map((each) => each.cost), 0);
    const room = 0.12 * (highest - lowest || 1);
    return {
      window: [-0.5, names.length - 0.5],
      narrowest: 1,
      ticks: places(names),
      spots: [...spot(answer.as_is, "as it is", -0.34), ...spot(answer.changed, "as it would be", 0)],
      traces: [bars(answer.as_is, color("--faint")), bars(answer.changed, color("--soc"))],
      layout: {
        barmode: "group", bargap: 0.32, bargroupgap: 0.06, margin: { t: 26, b: 26 },
        xaxis: { showgrid: false },
        yaxis: axis({ range: [lowest < 0 ? lowest - room : 0, highest + room] }),
        annotations: [caption(`cost, ${answer.currency} (grey: as it is)`, { y: 1, yanchor: "bottom" })],
      },
    };
  }

  by("#sell").onsubmit = sell;
  by("#otherwise").onsubmit = ahead;
  by("#ask-past").onclick = past;
  by("#stop").onclick = () => act("what_if_stop");
  by("#again").onclick = advise;

  Darkstar.page({
    show(data) {
      if (JSON.stringify(form) !== JSON.stringify(data.form)) {
        form = data.form;
        drawForm();
      }
      showRun(data.run);
      if (!advised) {
        advised = true;
        advise();
      }
      if (answer) drawAnswer();
    },
    tick() {
      if (wasRunning) refresh();
    },
  });
})();
