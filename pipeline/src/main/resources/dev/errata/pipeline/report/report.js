// Turns each list of problems into a browser of one at a time. Texts are only shown or hidden, never built.
"use strict";
for (const browser of document.querySelectorAll(".browser")) {
  const all = [...browser.querySelectorAll(".problem")];
  if (all.length === 0) continue;
  const controls = browser.querySelector(".controls");
  const buttons = [...controls.querySelectorAll("[data-filter]")];
  const moves = [...controls.querySelectorAll("[data-move]")];
  const position = controls.querySelector(".position");
  const choice = controls.querySelector("select");
  const search = controls.querySelector("input");
  let tag = "";
  let found = all;
  let at = 0;

  const show = (index) => {
    at = Math.max(0, Math.min(index, found.length - 1));
    for (const problem of all) problem.hidden = problem !== found[at];
    if (found.length > 0) found[at].open = true;
    position.textContent = found.length === 0 ? "none found" : `${at + 1} of ${found.length}`;
    choice.selectedIndex = at;
    moves[0].disabled = at <= 0;
    moves[1].disabled = at >= found.length - 1;
  };

  const select = () => {
    const words = search.value.trim().toLowerCase();
    found = all.filter((problem) =>
      (tag === "" || problem.dataset.tags.split(" ").includes(tag)) &&
      (words === "" || problem.textContent.toLowerCase().includes(words)));
    choice.replaceChildren(...found.map((problem) => {
      const option = document.createElement("option");
      option.textContent = problem.querySelector("summary").textContent;
      return option;
    }));
    choice.disabled = found.length === 0;
    show(0);
  };

  for (const button of buttons) {
    button.addEventListener("click", () => {
      tag = button.dataset.filter;
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
      select();
    });
  }
  for (const move of moves) move.addEventListener("click", () => show(at + Number(move.dataset.move)));
  choice.addEventListener("change", () => show(choice.selectedIndex));
  search.addEventListener("input", select);
  for (const problem of all) {
    problem.querySelector("summary").addEventListener("click", (event) => event.preventDefault());
  }
  const go = () => {
    const wanted = all.findIndex((problem) => "#" + problem.id === location.hash);
    if (wanted < 0) return;
    tag = "";
    search.value = "";
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.filter === ""));
    select();
    show(wanted);
    browser.scrollIntoView();
  };
  browser.classList.add("paged");
  controls.hidden = false;
  const first = buttons.find((button) => button.dataset.filter === browser.dataset.first);
  if (first) first.click(); else select();
  addEventListener("hashchange", go);
  go();
}
