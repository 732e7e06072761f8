"use strict";

(() => {
  const { element, icon, by, fill, remember, ask, post } = Darkstar;
  const PICKS = [["all", "All"], ["busy", "Changes"], ["failed", "Failures"]];
  const COLUMNS = ["Setting", "Was", "Commanded", "Read back", "What came of it", "Wanted by"];

  const stored = remember("executor.pick", "all");
  let pick = PICKS.some(([name]) => name === stored.get()) ? stored.get() : "all";
  let rows = [];  // newest first, with the older ones that were asked for
  let more = false;
  const open = new Set();

  // ---- numbers -------------------------------------------------------------------------------------

  function showNumbers(data) {
    fill("#tiles", data.statistics.map((tile) => element("div", [
      element("h3", tile.title), element("p", tile.value), element("small", tile.words),
    ], { class: "tile", dataset: { tone: tile.tone } })));
    const most = Math.max(1, ...data.days.map((day) => day.ok + day.hands_off + day.failed));
    const part = (kind, count) => element("span", [], { class: kind, style: `flex: 0 0 ${(100 * count) / most}%` });
    fill("#days", data.days.map((day) => element("div", [
      element("div", [part("ok", day.ok), part("off", day.hands_off), part("failed", day.failed)], { class: "stack" }),
      element("span", day.ok + day.hands_off + day.failed ? [element("b", String(day.writes)), " writes"] : "-"),
      element("span", day.day),
    ], { class: "day", role: "listitem", title: day.words, "aria-label": day.words })));
  }

  function showNext(next) {
    fill("#coming-title", next ? `Next slot, at ${next.when}` : "Next slot");
    fill("#coming-words", next ? next.summary : "Nothing is known of the next slot yet.");
    fill("#coming-devices", (next ? next.decided : []).map((one) => element("li", [
      element("span", one.device, { class: "device" }), element("span", one.words), badge({ text: one.who, tone: "quiet" }),
    ])));
  }

  function showBudget(budget) {
    fill("#left", String(budget.left));
    fill("#left-words", budget.total
      ? `of ${budget.limit} left for the busiest setting; ${budget.total} written in all`
      : `of ${budget.limit} left for each setting: nothing was written yet`);
    fill("#entities", budget.entities.map((one) => element("li", [
      element("span", one.name, { class: "name", title: one.name }), element("span", String(one.count)),
      element("span", [element("span", [], { style: `width: ${100 * one.share}%` })], { class: "track" }),
    ], { dataset: { tone: one.tone } })));
  }

  // ---- the verdict on shadow mode ------------------------------------------------------------------

  function facts(pairs) {
    return pairs.map(([name, value]) => element("div", [element("dt", name), element("dd", value)]));
  }

  by("#judge").onclick = async (event) => {
    const button = event.currentTarget;
    button.disabled = true;
    fill("#verdict-words", "Working it out: each day in shadow mode is lived through again.");
    try {
      const verdict = await post("judge_shadow");
      by("#verdict").dataset.decision = verdict.decision;
      fill("#verdict-words", verdict.words);
      fill("#verdict-facts", facts(verdict.facts));
      fill("#against", verdict.against.map((reason) => element("li", reason)));
      button.textContent = "Judge again";
    } catch (error) {
      fill("#verdict-words", `${error.message}.`);
    }
    button.disabled = false;
  };

  // ---- the history ---------------------------------------------------------------------------------

  function badge(one) {
    return element("span", one.text, { class: "badge", dataset: { tone: one.tone } });
  }

  function pairs(title, entries, none) {
    const list = element("dl", entries.flatMap(([name, value]) => [element("dt", name), element("dd", value)]));
    return element("div", [element("h4", title), entries.length ? list : element("p", none, { class: "muted" })]);
  }

  function wishes(row) {
    const each = row.decided.map((one) => element("div", [
      element("b", `${one.device}: ${one.words}`), " ", badge({ text: one.who, tone: "quiet" }), element("p", one.why),
    ]));
    return element("div", [
      element("h4", "Decided"),
      element("div", each.length ? each : [element("p", row.summary)], { class: "wishes" }),
    ]);
  }

  function steps(row) {
    if (!row.steps.length) return [element("h4", "Commanded and read back"), element("p", "No setting was looked at.", { class: "muted" })];
    const cell = (title, text, small) => element("td", element("span", [text, small ? element("small", small) : null]), { "data-title": title });
    const lines = row.steps.map((step) => element("tr", [
      cell("Setting", step.entity), cell("Was", step.was), cell("Commanded", step.wanted || "nothing"), cell("Read back", step.read),
      element("td", element("span", [badge({ text: step.result, tone: step.tone }), step.message ? element("small", step.message) : null]), { "data-title": "What came of it" }),
      cell("Wanted by", step.who || "-"),
    ]));
    const head = element("thead", element("tr", COLUMNS.map((title) => element("th", title))));
    return [element("h4", "Commanded and read back"), element("div", element("table", [head, element("tbody", lines)], { class: "table" }), { class: "steps" })];
  }

  function detail(row) {
    const troubles = row.problems.length
      ? element("div", [element("h4", "Problems at this tick"), element("ul", row.problems.map((text) => element("li", text)), { class: "troubles" })], { class: "wide" })
      : null;
    return element("div", [
      troubles,
      pairs("Planned", row.planned, "There was no plan for this moment."),
      wishes(row),
      element("div", steps(row), { class: "wide" }),
      pairs("Measured", row.measured, "Nothing could be measured."),
      pairs("About this tick", row.about, "-"),
    ], { class: "detail" });
  }

  function line(row) {
    const made = element("div", [], { class: `tick${row.idle ? " idle" : ""}`, dataset: { tick: row.id } });
    const button = element("button", [
      element("span", row.time, { class: "time" }), element("span", row.soc, { class: "soc" }),
      element("span", row.summary, { class: "summary" }),
      element("span", row.badges.map(badge), { class: "badges" }), icon("more"),
    ], {
      type: "button", "aria-expanded": String(open.has(row.id)),
      onclick: () => {
        if (!open.delete(row.id)) open.add(row.id);
        button.setAttribute("aria-expanded", String(open.has(row.id)));
        if (open.has(row.id)) made.append(detail(row));
        else made.lastChild.remove();
      },
    });
    made.append(button);
    if (open.has(row.id)) made.append(detail(row));
    return made;
  }

  /** Draw the rows; those that are there already stay as they are. */
  function draw() {
    const known = new Map([...document.querySelectorAll("#ticks .tick")].map((made) => [Number(made.dataset.tick), made]));
    const lines = [];
    let day = "";
    for (const row of rows) {
      if (row.day !== day) lines.push(element("h3", row.day));
      day = row.day;
      lines.push(known.get(row.id) || line(row));
    }
    fill("#ticks", lines);
    by("#older").hidden = !more;
    by("#none").hidden = rows.length > 0;
    fill("#none", { all: "Nothing has been carried out yet.", busy: "Nothing has changed in what is kept.", failed: "Nothing has failed in what is kept." }[pick]);
  }

  /** Newer rows above those that are shown; a gap between them is closed by showing the newest alone. */
  function take(answer) {
    const oldest = Math.min(...answer.rows.map((row) => row.id), Infinity);
    const meets = !answer.more || rows.some((row) => row.id >= oldest);
    const older = meets ? rows.filter((row) => row.id < oldest) : [];
    if (!older.length) more = answer.more;
    rows = [...answer.rows, ...older];
    draw();
  }

  async function choose(name) {
    pick = name;
    stored.set(name);
    rows = [];
    showPicks();
    take(await ask({ pick }));
  }

  function showPicks() {
    fill("#picks", PICKS.map(([name, title]) => element("button", title, {
      type: "button", "aria-pressed": String(pick === name), onclick: () => choose(name).catch(() => {}),
    })));
  }

  by("#older").onclick = async (event) => {
    const button = event.currentTarget;
    button.disabled = true;
    try {
      const answer = await ask({ pick, before: rows[rows.length - 1].id });
      rows = [...rows, ...answer.rows];
      more = answer.more;
      draw();
    } catch (error) {
      Darkstar.say(`${error.message}.`, true);
    }
    button.disabled = false;
  };

  showPicks();
  Darkstar.page({
    show(data) {
      showNumbers(data);
      showNext(data.next);
      showBudget(data.budget);
      by("#verdict").hidden = !data.shadow;
      fill("#every", `Every ${data.interval}, and at once when something changes`);
      if (pick === "all") take(data);
      else ask({ pick }).then(take, () => {});
    },
  });
})();
