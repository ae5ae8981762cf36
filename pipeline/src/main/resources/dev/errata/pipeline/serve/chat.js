"use strict";
// The page of errata serve: one conversation over /v1/chat/completions, or plain text over /v1/completions.
const $ = (id) => document.getElementById(id);
const RIVALS = 6;
const KEPT = ["system", "temperature", "top-p", "seed", "max-tokens", "style", "probabilities"];
let turns = []; // {role, content, scores, facts, element}
let running = null; // the AbortController of the answer that is being written

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// Settings: kept in this browser, but for the key, which is kept for this tab.

const valueOf = (field) => (field.type === "checkbox" ? field.checked : field.value);

function loadSettings() {
  for (const id of KEPT) {
    const kept = localStorage.getItem("errata." + id);
    if (kept === null) continue;
    if ($(id).type === "checkbox") $(id).checked = kept === "true";
    else $(id).value = kept;
  }
  $("key").value = sessionStorage.getItem("errata.key") || "";
}

for (const id of KEPT) $(id).addEventListener("change", () => localStorage.setItem("errata." + id, valueOf($(id))));
$("key").addEventListener("change", () => { sessionStorage.setItem("errata.key", $("key").value); loadModels(); });
$("probabilities").addEventListener("change", () => turns.forEach(showText));
$("settings-toggle").addEventListener("click", () => showSettings($("settings").hidden));

function showSettings(shown) {
  $("settings").hidden = !shown;
  $("settings-toggle").setAttribute("aria-expanded", String(shown));
}

// Talking to the server

function headers() {
  const all = { "Content-Type": "application/json" };
  if ($("key").value) all.Authorization = "Bearer " + $("key").value;
  return all;
}

async function failure(response) {
  let error = {};
  try { error = (await response.json()).error || {}; } catch { /* no JSON: the status says enough */ }
  const made = new Error(error.message || "The server answered with status " + response.status + ".");
  made.code = error.code;
  made.status = response.status;
  return made;
}

async function loadModels() {
  try {
    const response = await fetch("v1/models", { headers: headers() });
    if (!response.ok) throw await failure(response);
    const chosen = $("model").value;
    const names = (await response.json()).data.map((each) => each.id);
    $("model").replaceChildren(...names.map((name) => new Option(name, name)));
    if (names.includes(chosen)) $("model").value = chosen;
    notice(null);
  } catch (error) {
    fail(error);
  }
}

function request() {
  const plain = $("style").value === "plain";
  const scored = $("probabilities").checked;
  const body = { model: $("model").value, stream: true, stream_options: { include_usage: true } };
  const numbers = { temperature: "temperature", top_p: "top-p", seed: "seed", max_tokens: "max-tokens" };
  for (const [name, id] of Object.entries(numbers)) if ($(id).value !== "") body[name] = Number($(id).value);
  if (plain) {
    body.prompt = turns[turns.length - 2].content;
    body.max_tokens ??= 256;
    if (scored) body.logprobs = RIVALS;
    return ["v1/completions", body];
  }
  const system = $("system").value.trim();
  body.messages = turns.slice(0, -1).map(({ role, content }) => ({ role, content }));
  if (system) body.messages.unshift({ role: "system", content: $("system").value });
  if (scored) Object.assign(body, { logprobs: true, top_logprobs: RIVALS });
  return ["v1/chat/completions", body];
}

/** The events of a response, parsed. */
async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n\n");
    rest = parts.pop();
    for (const part of parts) {
      const data = part.replace(/^data: ?/, "");
      if (data === "[DONE]") return;
      yield JSON.parse(data);
    }
  }
}

/** Log-probabilities of either endpoint as [{text, bytes, p, rivals: [{text, p}]}]. */
function scoresOf(choice) {
  const given = choice.logprobs;
  if (!given) return [];
  const rivals = (list) => list.map(([text, logprob]) => ({ text, p: Math.exp(logprob) })).sort((a, b) => b.p - a.p).slice(0, RIVALS);
  if (given.content) {
    return given.content.map((each) => ({
      text: each.token, bytes: each.bytes, p: Math.exp(each.logprob),
      rivals: rivals(each.top_logprobs.map((rival) => [rival.token, rival.logprob])),
    }));
  }
  return given.tokens.map((text, i) => ({
    text, p: Math.exp(given.token_logprobs[i]), rivals: rivals(Object.entries(given.top_logprobs[i] || {})),
  }));
}

async function answer() {
  const turn = add({ role: "assistant", content: "", scores: [], facts: {} });
  const [path, body] = request();
  const begun = performance.now();
  let first = 0;
  let pieces = 0;
  running = new AbortController();
  busy(true);
  try {
    const response = await fetch(path, { method: "POST", headers: headers(), body: JSON.stringify(body), signal: running.signal });
    if (!response.ok) throw await failure(response);
    for await (const event of events(response)) {
      if (event.error) throw Object.assign(new Error(event.error.message), { code: event.error.code });
      turn.facts.seed = event.seed;
      const choice = event.choices[0];
      if (event.usage) turn.facts.tokens = event.usage.completion_tokens;
      if (!choice) continue;
      const text = choice.delta ? choice.delta.content || "" : choice.text;
      const scores = scoresOf(choice);
      if (choice.finish_reason) turn.facts.finish = choice.finish_reason;
      if (!text && !scores.length) continue;
      first ||= performance.now();
      turn.content += text;
      turn.scores.push(...scores);
      turn.facts.tokens = ++pieces;
      rate(turn, begun, first);
      grow(turn, text, scores);
    }
    rate(turn, begun, first || performance.now());
  } catch (error) {
    if (error.name === "AbortError") turn.facts.finish = "stopped";
    else fail(error);
  }
  running = null;
  busy(false);
  if (!turn.content && turn.facts.finish !== "stop" && !turn.scores.length) remove(turn);
  else showFacts(turn);
  $("message").focus();
}

function rate(turn, begun, first) {
  const now = performance.now();
  turn.facts.wait = (first - begun) / 1000;
  turn.facts.rate = turn.facts.tokens > 1 && now > first ? (turn.facts.tokens - 1) / ((now - first) / 1000) : 0;
  showFacts(turn);
}

// What is seen

function add(turn) {
  turn.element = element("article", "turn " + turn.role);
  turn.element.append(element("div", "text"));
  if (turn.role === "assistant") turn.element.append(element("div", "facts"));
  turns.push(turn);
  $("log").append(turn.element);
  showText(turn);
  scroll(true);
  return turn;
}

function remove(turn) {
  turns = turns.filter((each) => each !== turn);
  turn.element.remove();
}

const withProbabilities = (turn) => $("probabilities").checked && turn.scores && turn.scores.length > 0;

function showText(turn) {
  const place = turn.element.firstChild;
  turn.decoder = new TextDecoder();
  if (withProbabilities(turn)) place.replaceChildren(...turn.scores.map((score) => token(turn, score)));
  else place.textContent = turn.content;
}

function grow(turn, text, scores) {
  const near = atEnd();
  const place = turn.element.firstChild;
  if (withProbabilities(turn)) place.append(...scores.map((score) => token(turn, score)));
  else place.append(text);
  scroll(near);
}

function token(turn, score) {
  // Parts of a character are shown with the token that completes it.
  const text = score.bytes ? turn.decoder.decode(new Uint8Array(score.bytes), { stream: true }) : score.text;
  const made = element("span", "token", text);
  if (/^<\|?[^\s<>]+\|?>$/.test(score.text)) made.classList.add("special");
  const doubt = 1 - score.p;
  made.style.background = doubt < 0.02 ? "transparent" : `rgba(var(--unsure), ${(0.08 + 0.5 * doubt).toFixed(3)})`;
  made.tabIndex = 0;
  made.setAttribute("aria-label", `${text}, ${percent(score.p)}`);
  made.addEventListener("pointerenter", () => showRivals(made, score));
  made.addEventListener("focus", () => showRivals(made, score));
  made.addEventListener("pointerleave", hideRivals);
  made.addEventListener("blur", hideRivals);
  return made;
}

const percent = (p) => (p >= 0.0995 ? (100 * p).toFixed(1) : p >= 0.0001 ? (100 * p).toFixed(2) : "<0.01") + " %";
const visible = (text) => text.replace(/ /g, "␣").replace(/\n/g, "⏎").replace(/\t/g, "⇥") || "∅";

function showRivals(at, score) {
  const list = score.rivals.map((rival) => ({ ...rival, chosen: rival.text === score.text }));
  if (!list.some((rival) => rival.chosen)) list.push({ text: score.text, p: score.p, chosen: true });
  const table = element("table");
  for (const rival of list) {
    const row = element("tr", rival.chosen ? "chosen" : "");
    const bar = element("div", "bar");
    bar.style.width = `calc((100% - .5rem) * ${rival.p.toFixed(4)})`;
    const middle = element("td");
    middle.append(bar);
    row.append(element("td", "", visible(rival.text)), middle, element("td", "", percent(rival.p)));
    table.append(row);
  }
  const left = Math.max(0, 1 - list.reduce((sum, rival) => sum + rival.p, 0));
  const rest = element("tr", "rest");
  rest.append(element("td", "", "all others"), element("td"), element("td", "", percent(left)));
  table.append(rest);
  const box = $("rivals");
  box.replaceChildren(table);
  box.hidden = false;
  const place = at.getBoundingClientRect();
  const fitsBelow = place.bottom + box.offsetHeight + 8 < innerHeight;
  box.style.top = (fitsBelow ? place.bottom + 6 : Math.max(6, place.top - box.offsetHeight - 6)) + "px";
  box.style.left = Math.max(12, Math.min(place.left, innerWidth - box.offsetWidth - 12)) + "px";
}

function hideRivals() { $("rivals").hidden = true; }

const WHY = { stop: "", length: "cut off by its length", stopped: "stopped" };

function showFacts(turn) {
  const { tokens, rate: perSecond, wait, finish, seed } = turn.facts;
  const parts = [];
  if (tokens) parts.push(tokens + (tokens === 1 ? " token" : " tokens"));
  if (perSecond) parts.push((perSecond < 10 ? perSecond.toFixed(1) : perSecond.toFixed(0)) + " tokens/s");
  if (wait !== undefined && tokens) parts.push("first after " + (wait < 1 ? wait.toFixed(2) : wait.toFixed(1)) + " s");
  if (seed !== undefined) parts.push("seed " + seed);
  if (finish && WHY[finish]) parts.push(WHY[finish]);
  const place = turn.element.lastChild;
  place.replaceChildren(...parts.map((part) => element("span", "", part)));
  if (!running) {
    const copy = element("button", "", "Copy");
    copy.type = "button";
    copy.addEventListener("click", async () => { await navigator.clipboard.writeText(turn.content); copy.textContent = "Copied"; });
    place.append(copy);
    if (turn === turns[turns.length - 1]) {
      const again = element("button", "", "Again");
      again.type = "button";
      again.addEventListener("click", () => { remove(turn); notice(null); answer(); });
      place.append(again);
    }
  }
}

const atEnd = () => $("log").scrollHeight - $("log").scrollTop - $("log").clientHeight < 60;
function scroll(wanted) { if (wanted) $("log").scrollTop = $("log").scrollHeight; }

function busy(is) {
  $("send").hidden = is;
  $("stop").hidden = !is;
  $("new").disabled = is;
  $("log").setAttribute("aria-busy", String(is));
}

function notice(text, label, action) {
  const box = $("notice");
  box.hidden = !text;
  box.replaceChildren();
  if (!text) return;
  box.append(element("span", "", text));
  if (!label) return;
  const button = element("button", "", label);
  button.type = "button";
  button.addEventListener("click", action);
  box.append(button);
}

function fail(error) {
  if (error.status === 401) {
    notice("This server wants its key.", "Enter it", () => { showSettings(true); $("key").focus(); });
  } else if (error.code === "no_chat_template") {
    notice("This model has no chat template.", "Continue plain text instead", () => {
      $("style").value = "plain";
      localStorage.setItem("errata.style", "plain");
      notice(null);
      if (turns.length && !running) answer();
    });
  } else {
    notice(error instanceof TypeError ? "The server can't be reached." : error.message);
  }
}

// What is typed

function fit() {
  $("message").style.height = "auto";
  $("message").style.height = $("message").scrollHeight + 2 + "px";
}

$("message").addEventListener("input", fit);
$("message").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    $("form").requestSubmit();
  }
});
$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("message").value;
  if (running || !text.trim()) return;
  notice(null);
  // A question whose answer failed is asked anew.
  if (turns.length && turns[turns.length - 1].role === "user") remove(turns[turns.length - 1]);
  $("message").value = "";
  fit();
  add({ role: "user", content: text });
  answer();
});
$("stop").addEventListener("click", () => running && running.abort());
$("new").addEventListener("click", () => { turns = []; $("log").replaceChildren(); notice(null); $("message").focus(); });
document.addEventListener("keydown", (event) => { if (event.key === "Escape") { hideRivals(); if (running) running.abort(); } });

loadSettings();
loadModels();
