"use strict";

(() => {
  const { element, by, fill, remember, ask, say } = Darkstar;
  const cleared = remember("log.cleared", 0);  // seconds since 1970: older lines are hidden here, and stay stored
  let level = "INFO";
  let newest = [];
  let older = [];
  let before = null;
  let until = null;  // seconds since 1970; null: up to now

  function draw() {
    const word = by("#word").value.trim().toLowerCase();
    const seen = new Set();
    const all = [...newest, ...older].filter((line) => {
      const key = JSON.stringify(line);
      return !seen.has(key) && seen.add(key);
    });
    const since = cleared.get();
    const shown = all.filter((line) => line.at > since && `${line.app} ${line.text}`.toLowerCase().includes(word));
    const nodes = [];
    let day = "";
    for (const line of shown) {
      if (line.day !== day) nodes.push(element("h2", line.day));
      day = line.day;
      nodes.push(element("div", [
        element("span", line.clock), element("span", line.app), element("span", line.text, { class: "text" }),
      ], { class: `line ${line.level}` }));
    }
    fill("#lines", nodes);
    by("#nothing").hidden = shown.length > 0;
    const hides = all.some((line) => line.at <= since);
    fill("#nothing", !all.length ? "Nothing has been said at this level." : word ? "No line contains these words." : "Nothing new since you cleared.");
    fill("#clear", since ? "Show all again" : "Clear");
    by("#older").hidden = before === null || hides;
  }

  function levels(data) {
    fill("#levels", data.levels.map((each) => element("button", each.title, {
      type: "button", "aria-pressed": String(each.name === level), onclick: () => choose(each.name),
    })));
  }

  async function choose(name) {
    level = name;
    older = [];
    try {
      take(await ask(until === null ? { level } : { level, before: until }));
    } catch (error) {
      say(error.message, true);
    }
  }

  function take(data) {
    newest = data.lines;
    if (!older.length) before = data.before;
    levels(data);
    draw();
  }

  by("#word").oninput = draw;
  by("#clear").onclick = () => {
    cleared.set(cleared.get() || !newest.length ? 0 : newest[0].at);
    draw();
  };
  by("#until").onchange = (event) => {
    const chosen = new Date(event.currentTarget.value).getTime();
    until = Number.isNaN(chosen) ? null : chosen / 1000;
    choose(level);
  };
  by("#older").onclick = async () => {
    try {
      const data = await ask({ level, before });
      older = [...older, ...data.lines];
      before = data.before;
      draw();
    } catch (error) {
      say(error.message, true);
    }
  };

  Darkstar.page({
    show(data) {
      if (until !== null) return;  // what is new is not asked for
      if (level === data.level) take(data);
      else choose(level);
    },
  });
})();
