"use strict";
// The page of errata review: one correction at a time; each rating is sent at once and kept by the server.
const $ = (id) => document.getElementById(id);
const LEVELS = { 1: "excellent", 2: "good", 3: "poor", e: "excellent", g: "good", p: "poor" };
let rater = "";
let ratings = []; // by place: a level, or null
let at = 0;
let shown = null; // the correction on the page
let busy = false; // a rating is on its way

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

function notice(text) {
  $("notice").textContent = text || "";
  $("notice").hidden = !text;
}

async function ask(path, body) {
  const request = body === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  let response;
  try {
    response = await fetch(path, request);
  } catch {
    throw new Error("The server of this page has ended. Start errata review again; what was rated is kept.");
  }
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error.message);
  return answer;
}

async function guarded(action) {
  try {
    await action();
  } catch (error) {
    notice(error.message);
  }
}

function showSteps(list, steps, first, blamed) {
  list.start = first;
  list.replaceChildren(...steps.map((step, i) => element("li", step, first + i === blamed ? "blamed" : "")));
  list.hidden = steps.length === 0;
}

function showMarks() {
  const done = ratings.filter((level) => level !== null).length;
  $("position").textContent = `${at + 1} of ${ratings.length}`;
  $("progress").textContent = rater ? `${done} rated` : "";
  $("previous").disabled = at <= 0;
  $("next").disabled = at >= ratings.length - 1;
  $("unrated").disabled = !rater || done === ratings.length;
  for (const button of document.querySelectorAll("[data-level]")) {
    button.setAttribute("aria-pressed", String(ratings[at] === button.dataset.level));
  }
}

async function show(place) {
  at = Math.max(0, Math.min(place, ratings.length - 1));
  const wanted = at;
  shown = null; // nothing is rated that is not on the page
  const correction = await ask("corrections/" + wanted);
  if (wanted !== at) return; // moved on meanwhile
  shown = correction;
  $("question").textContent = shown.question;
  $("candidates").replaceChildren(...shown.candidates.map((each) => element("li", each)));
  $("candidates").hidden = shown.candidates.length === 0;
  $("answer").textContent = shown.answer;
  showSteps($("wrong"), shown.wrong_steps, 1, shown.incorrect_step);
  $("wrong-answer").textContent = shown.wrong_answer === null ? "nothing" : shown.wrong_answer;
  const missing = shown.incorrect_step > shown.wrong_steps.length;
  $("blamed").textContent = shown.incorrect_step === null ? ""
    : missing ? `The solution stops after step ${shown.wrong_steps.length}.` : `Step ${shown.incorrect_step} is wrong.`;
  $("explanation").textContent = shown.explanation || "";
  showSteps($("right"), shown.right_steps, shown.first_step, 0);
  $("right-answer").textContent = shown.right_answer === null ? "nothing" : shown.right_answer;
  $("card").hidden = false;
  history.replaceState(null, "", "#" + (at + 1));
  showMarks();
  scrollTo(0, 0);
}

function nextUnrated(from) {
  for (let i = 0; i < ratings.length; i++) {
    const place = (from + i) % ratings.length;
    if (ratings[place] === null) return place;
  }
  return -1;
}

async function rate(level) {
  if (busy || shown === null) return;
  if (!rater) {
    notice("Give your name first: ratings are kept by rater.");
    $("rater").focus();
    return;
  }
  busy = true;
  const place = at;
  try {
    await ask("ratings", { problem_id: shown.problem_id, sample: shown.sample, rater, rating: level });
    ratings[place] = level;
    notice("");
    showMarks();
    const next = nextUnrated(place + 1);
    if (next >= 0) await show(next);
    else notice("All of them are rated. errata review RUN --report prints the shares.");
  } finally {
    busy = false;
  }
}

async function begin(name) {
  const session = await ask("session", { rater: name || "nobody yet" });
  $("run").textContent = session.run;
  rater = name;
  ratings = name ? session.ratings : session.ratings.map(() => null);
  if (name) localStorage.setItem("errata.rater", name);
  notice("");
  const wanted = Number(location.hash.slice(1)) - 1;
  const first = Math.max(0, nextUnrated(0));
  await show(wanted >= 0 && wanted < ratings.length ? wanted : first);
}

$("rater").addEventListener("change", () => guarded(() => begin($("rater").value.trim())));
$("rater").addEventListener("keydown", (event) => { if (event.key === "Enter") $("rater").blur(); });
$("previous").addEventListener("click", () => guarded(() => show(at - 1)));
$("next").addEventListener("click", () => guarded(() => show(at + 1)));
$("unrated").addEventListener("click", () => guarded(() => show(Math.max(0, nextUnrated(at + 1)))));
for (const button of document.querySelectorAll("[data-level]")) {
  button.addEventListener("click", () => guarded(() => rate(button.dataset.level)));
}
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target === $("rater")) return;
  const level = LEVELS[event.key.toLowerCase()];
  if (level) guarded(() => rate(level));
  else if (event.key === "ArrowLeft") guarded(() => show(at - 1));
  else if (event.key === "ArrowRight") guarded(() => show(at + 1));
  else if (event.key.toLowerCase() === "u" && nextUnrated(at + 1) >= 0) guarded(() => show(nextUnrated(at + 1)));
});
$("rater").value = localStorage.getItem("errata.rater") || "";
guarded(() => begin($("rater").value.trim()));
