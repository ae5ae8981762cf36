"use strict";
// The page of a run at work: asks for its status every two seconds and draws what has changed.
const $ = (id) => document.getElementById(id);
const EVERY_MS = 2000;
const UNITS = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
const SVG = "http://www.w3.org/2000/svg";
let drawn = ""; // the last status that was drawn
let opened = new Set(); // keys of texts that a reader has unfolded

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function drawing(tag, attributes, text) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

/** Two units are enough: "1 h 20 min", "3 min 5 s". */
function duration(seconds) {
  let left = Math.max(0, Math.round(seconds));
  const parts = [];
  for (const [unit, size] of UNITS) {
    const count = Math.floor(left / size);
    if (count > 0 || (unit === "s" && parts.length === 0)) parts.push(count + " " + unit);
    left -= count * size;
    if (parts.length === 2) break;
  }
  return parts.join(" ");
}

const counted = (number) => number.toLocaleString("en");

function headline(status) {
  if (status.finished) return "Finished";
  const running = status.stages.find((stage) => stage.state === "running");
  if (!running) return "Not at work";
  const percent = running.total > 0 ? ", " + Math.floor((100 * running.done) / running.total) + " %" : "";
  return "At work: " + running.name + percent;
}

function counts(stage) {
  if (stage.state === "waiting") return "waits";
  const parts = [];
  if (stage.total > 0) parts.push(counted(stage.done) + " of " + counted(stage.total) + " " + stage.unit);
  else if (stage.done > 0) parts.push(counted(stage.done) + " " + stage.unit);
  else parts.push(stage.state === "done" ? "done" : "begun");
  if (stage.state === "running" && stage.per_second > 0) {
    parts.push(stage.per_second >= 1 ? stage.per_second.toFixed(1) + "/s" : (60 * stage.per_second).toFixed(1) + "/min");
    if (stage.seconds_left !== null) parts.push("about " + duration(stage.seconds_left) + " left");
  }
  return parts.join(", ");
}

function drawStages(stages) {
  $("stages").replaceChildren(...stages.map((stage) => {
    const row = element("li", stage.state);
    row.append(element("span", "name", stage.name));
    const track = element("div", "track");
    const share = stage.state === "done" ? 1 : stage.total > 0 ? Math.min(1, stage.done / stage.total) : 0;
    const bar = element("div");
    bar.style.width = 100 * share + "%";
    track.setAttribute("role", "progressbar");
    track.setAttribute("aria-label", stage.name);
    track.setAttribute("aria-valuemin", "0");
    track.setAttribute("aria-valuemax", "100");
    track.setAttribute("aria-valuenow", String(Math.floor(100 * share)));
    track.append(bar);
    row.append(track, element("span", "counts", counts(stage)));
    return row;
  }));
}

/** An exponential mean with the weight of some ten steps. */
function smooth(points) {
  let mean = points[0][1];
  return points.map(([step, loss]) => [step, (mean = 0.8 * mean + 0.2 * loss)]);
}

function drawLoss(trainings) {
  const shown = trainings.filter((each) => each.loss.length > 0);
  $("loss").hidden = shown.length === 0;
  if (shown.length === 0) return;
  const all = shown.flatMap((each) => each.loss);
  const steps = Math.max(...shown.map((each) => Math.max(each.steps, each.loss.at(-1)[0])), 2);
  const high = Math.max(...all.map((point) => point[1]));
  const low = Math.min(...all.map((point) => point[1]), high - 1e-6);
  const width = Math.min(736, Math.max(280, $("curves").clientWidth)); // so that its letters keep their size
  const [height, left, bottom] = [240, 52, 26];
  const x = (step) => left + ((width - left) * (step - 1)) / (steps - 1);
  const y = (loss) => 8 + ((height - bottom - 8) * (high - loss)) / (high - low);
  const svg = drawing("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Loss by step" });
  for (let i = 0; i <= 4; i++) {
    const loss = low + ((high - low) * i) / 4;
    svg.append(drawing("line", { class: "grid", x1: left, x2: width, y1: y(loss), y2: y(loss) }));
    svg.append(drawing("text", { x: left - 8, y: y(loss) + 4, "text-anchor": "end" }, loss.toPrecision(3)));
  }
  svg.append(drawing("text", { x: left, y: height - 6 }, "step 1"));
  svg.append(drawing("text", { x: width, y: height - 6, "text-anchor": "end" }, String(steps)));
  const legend = element("ul", "legend");
  shown.forEach((each, i) => {
    const colour = `var(--arm-${i % 6})`;
    for (const [name, points] of [["raw", each.loss], ["smooth", smooth(each.loss)]]) {
      const line = drawing("polyline", { class: name, points: points.map(([s, l]) => x(s).toFixed(1) + "," + y(l).toFixed(1)).join(" ") });
      line.style.stroke = colour;
      svg.append(line);
    }
    const [step, loss] = each.loss.at(-1);
    const entry = element("li");
    const swatch = element("span", "swatch");
    swatch.style.background = colour;
    entry.append(swatch, `${each.arm}: ${loss.toFixed(4)} at step ${step}` + (each.steps > 0 ? ` of ${each.steps}` : ""));
    legend.append(entry);
  });
  $("curves").replaceChildren(svg, legend);
}

/** One text that can be unfolded, and stays unfolded while it is listed. */
function unfolding(key, verdict, wrong, line, texts) {
  const made = element("details");
  made.open = opened.has(key);
  made.addEventListener("toggle", () => (made.open ? opened.add(key) : opened.delete(key)));
  const summary = element("summary");
  summary.append(element("span", "verdict" + (wrong ? " wrong" : ""), verdict), " " + line);
  made.append(summary, ...texts.map((text) => element("div", "prose", text)));
  return made;
}

function drawTexts(status) {
  $("latest").hidden = status.paths.length === 0;
  $("paths").replaceChildren(...status.paths.map((path) => unfolding(
    "path " + path.problem_id + " " + path.sample,
    path.correct ? "Right" : "Wrong",
    !path.correct,
    `${path.problem_id}, sample ${path.sample}: ${path.final_answer === null ? "no answer" : path.final_answer}, the answer is ${path.answer}`,
    [path.question, path.text])));
  $("corrected").hidden = status.corrections.length === 0;
  $("corrections").replaceChildren(...status.corrections.map((each) => unfolding(
    "correction " + each.problem_id + " " + each.sample,
    each.kept ? "Kept" : "Rejected",
    !each.kept,
    `${each.problem_id}, sample ${each.sample}` + (each.kept ? (each.incorrect_step === null ? "" : `: step ${each.incorrect_step} is the first wrong one`) : `: ${each.reason}`),
    [each.explanation, each.correct_solution].filter((text) => text))));
}

function draw(status) {
  $("folder").textContent = status.run;
  $("headline").textContent = headline(status);
  document.title = headline(status) + " · Errata";
  $("age").textContent = status.finished || status.idle_seconds === null ? "" : `The last record came ${duration(status.idle_seconds)} ago.`;
  const { idle_seconds, ...lasting } = status;
  const text = JSON.stringify(lasting);
  if (text === drawn) return;
  drawn = text;
  drawStages(status.stages);
  drawLoss(status.trainings);
  drawTexts(status);
}

async function ask() {
  let next = EVERY_MS;
  try {
    const response = await fetch("status");
    if (!response.ok) throw new Error("The server answered with status " + response.status + ".");
    const status = await response.json();
    $("notice").hidden = true;
    draw(status);
    if (status.finished) next = 5 * EVERY_MS;
  } catch (error) {
    $("notice").textContent = error instanceof TypeError ? "The process that served this page has ended." : error.message;
    $("notice").hidden = false;
  }
  setTimeout(ask, next);
}

ask();
