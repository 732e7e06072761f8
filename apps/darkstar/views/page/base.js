"use strict";

// The tools of every page. A page calls `Darkstar.page({show, tick})` once; see pages/routes.py.
const Darkstar = (() => {
  const TIMEOUT_MS = 10000;
  const ACTION_TIMEOUT_MS = 90000;
  const LATE_S = 120;
  const TOAST_MS = 7000;
  const body = document.body;
  const name = body.dataset.page;
  const every = Number(body.dataset.every);
  const byId = (id) => document.getElementById(id);

  let view = null;
  let data = null;
  let revision = "";
  let answeredAt = 0;
  let failure = "";
  let asking = null;
  let toastTimer = 0;

  // ---- building ------------------------------------------------------------------------------------

  /** An element; `more` are its properties (class, title, onclick, dataset ...); children are nodes or text. */
  function element(tag, content = [], more = {}) {
    const made = document.createElement(tag);
    for (const [key, value] of Object.entries(more)) {
      if (value === null || value === undefined || value === false) continue;
      if (key === "class") made.className = value;
      else if (key === "dataset") Object.assign(made.dataset, value);
      else if (key.startsWith("on")) made[key] = value;
      else made.setAttribute(key, value === true ? "" : value);
    }
    made.append(...[content].flat().filter((child) => child !== null && child !== undefined));
    return made;
  }

  /** An icon of icons.svg, as `icon("battery")`. */
  function icon(symbol) {
    const space = "http://www.w3.org/2000/svg";
    const drawn = document.createElementNS(space, "svg");
    const use = document.createElementNS(space, "use");
    drawn.setAttribute("class", "icon");
    drawn.setAttribute("aria-hidden", "true");
    use.setAttribute("href", `#i-${symbol}`);
    drawn.append(use);
    return drawn;
  }

  /** The element that a selector finds. */
  function by(selector) {
    return document.querySelector(selector);
  }

  /** Replace what is inside an element; a text is set only when it differs, so that nothing flickers. */
  function fill(selector, content) {
    const target = typeof selector === "string" ? by(selector) : selector;
    if (typeof content === "string") {
      if (target.textContent !== content) target.textContent = content;
    } else {
      target.replaceChildren(...[content].flat());
    }
    return target;
  }

  /** A colour of the theme as the browser takes it in scripts, with an opacity if wanted. */
  function color(variable, alpha = 1) {
    const hex = getComputedStyle(document.documentElement).getPropertyValue(variable).trim();
    if (alpha === 1) return hex;
    const part = (at) => parseInt(hex.slice(at, at + 2), 16);
    return `rgba(${part(1)}, ${part(3)}, ${part(5)}, ${alpha})`;
  }

  /** What this device remembers under a key, as `{get, set}`; a browser that forgets gives `fallback`. */
  function remember(key, fallback) {
    const stored = `darkstar.${key}`;
    return {
      get() {
        try {
          return JSON.parse(localStorage.getItem(stored)) ?? fallback;
        } catch {
          return fallback;
        }
      },
      set(value) {
        try {
          localStorage.setItem(stored, JSON.stringify(value));
        } catch {
          // A browser that forgets is no reason to stop.
        }
      },
    };
  }

  let library = null;

  /** Plotly, loaded at the first call; throws what to do where it is missing. */
  function plotly() {
    library ??= new Promise((loaded, failed) => {
      const script = document.createElement("script");
      script.src = body.dataset.plotly;
      script.onload = () => loaded(window.Plotly);
      script.onerror = () => failed(new Error("The chart library is missing: install the Python package plotly where AppDaemon runs."));
      document.head.append(script);
    });
    return library;
  }

  /** How every chart of these pages looks: what Plotly takes as layout. */
  function look() {
    const size = Math.max(0.72 * parseFloat(getComputedStyle(document.documentElement).fontSize), 10.5);
    return {
      autosize: true,
      margin: { l: 3.7 * size, r: 10, t: 8, b: 3.3 * size },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: getComputedStyle(body).fontFamily, size, color: color("--muted") },
      showlegend: false,
      dragmode: false,
      hovermode: false,
    };
  }

  /** A length of time in words: 40 s, 12 min, 3 h. */
  function lasting(seconds) {
    if (seconds < 90) return `${Math.max(Math.round(seconds), 0)} s`;
    if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
    return `${Math.round(seconds / 3600)} h`;
  }

  // ---- talking to Darkstar -------------------------------------------------------------------------

  async function talk(address, options, timeout) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), timeout);
    try {
      const response = await fetch(address, { cache: "no-store", signal: stop.signal, ...options });
      const answer = await response.json().catch(() => ({}));
      if (response.ok) return answer;
      if (response.status === 401) throw new Error(answer.reason || "AppDaemon wants its password: load this page anew and log in");
      throw new Error(answer.reason || `Darkstar answered with error ${response.status}`);
    } catch (error) {
      if (error instanceof TypeError || error.name === "AbortError") throw new Error("Darkstar does not answer");
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** The page's data for a query of its own. */
  async function ask(query) {
    const answer = await talk(`darkstar_${name}_data?${new URLSearchParams(query)}`, {}, TIMEOUT_MS);
    return answer.page;
  }

  /** Post an action; what is refused is shown. Answers with what Darkstar says, or null. */
  async function act(action, payload = {}) {
    try {
      const answer = await post(action, payload);
      refresh();
      return answer;
    } catch (error) {
      say(`${error.message}.`.replace(/[.]{2,}$/, "."), true);
      return null;
    }
  }

  /** Post an action; throws what is refused. */
  function post(action, payload = {}) {
    const options = {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...payload, action }),
    };
    return talk("../api/appdaemon/darkstar_action", options, ACTION_TIMEOUT_MS);
  }

  async function once() {
    try {
      const answer = await talk(`darkstar_${name}_data?have=${revision}`, {}, TIMEOUT_MS);
      answeredAt = performance.now();
      failure = "";
      notices(answer.notices || []);
      if (answer.revision !== revision || answer.page === null) {
        revision = answer.revision;
        data = answer.page ?? null;
        show();
      }
    } catch (error) {
      failure = error.message;
      if (!data) show();
    }
    age();
  }

  /** Ask for the data now; a second call while one is under way asks again after it. */
  async function refresh() {
    if (asking) await asking;
    asking ??= once().finally(() => { asking = null; });
    return asking;
  }

  // ---- showing -------------------------------------------------------------------------------------

  /** Tell the owner something for a few seconds. */
  function say(text, bad = false) {
    const toast = byId("toast");
    toast.textContent = text;
    toast.className = bad ? "bad" : "";
    toast.hidden = false;
    clearTimeout(toastTimer);
    toastTimer = setTimeout(() => { toast.hidden = true; }, TOAST_MS);
  }

  function notices(texts) {
    const list = byId("notices");
    list.hidden = texts.length === 0;
    fill(list, texts.map((text) => element("li", text)));
  }

  function show() {
    byId("main").hidden = !data;
    byId("waiting").hidden = Boolean(data);
    if (data) view.show(data);
    else fill("#waiting", waitingWords());
  }

  function waitingWords() {
    if (failure) return `${failure}. Trying again every ${every} seconds.`;
    return answeredAt ? "Darkstar has nothing to show yet." : "Asking Darkstar.";
  }

  function age() {
    const shown = byId("age");
    const seconds = (performance.now() - answeredAt) / 1000;
    const words = answeredAt ? `updated ${lasting(seconds)} ago` : "asking Darkstar";
    fill(shown, failure ? `${failure}${answeredAt ? `, ${words}` : ""}` : words);
    shown.classList.toggle("late", failure !== "" || (answeredAt > 0 && seconds > Math.max(LATE_S, 4 * every)));
  }

  /** How tall the page is, for a dashboard that stacks it on a phone. */
  function tellHeight() {
    try {
      const frame = window.frameElement;
      if (frame) window.parent.document.documentElement.style.setProperty("--frame-height", `${body.scrollHeight}px`);
    } catch {
      // The frame of another site.
    }
  }

  function page(wanted) {
    view = wanted;
    byId("main").hidden = true;
    const current = by("#pages [aria-current]");
    current.parentElement.scrollLeft = current.offsetLeft - current.parentElement.clientWidth / 3;
    refresh();
    setInterval(() => { if (!document.hidden) refresh(); }, every * 1000);
    setInterval(() => {
      age();
      if (data && view.tick) view.tick(data);
    }, 1000);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
    document.documentElement.addEventListener("themechange", () => { if (data) view.show(data); });
    new ResizeObserver(tellHeight).observe(body);
  }

  return { page, element, icon, by, fill, color, plotly, look, remember, lasting, ask, act, post, say, refresh };
})();
