"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const root = document.documentElement;
  const id = (name) => document.getElementById(name);
  const count = (number) => number.toLocaleString("en");
  const [tools, find, shown] = ["tools", "find", "shown"].map(id);
  const cards = [...document.querySelectorAll(".checks > li")].map((node) => ({
    node,
    name: node.querySelector("h2").textContent.toLowerCase(),
    rows: [...node.querySelectorAll(".findings > li")].map((row) => ({ row, kind: row.className, text: row.textContent.toLowerCase() })),
  }));
  const radios = (name) => [...tools.querySelectorAll(`input[name=${name}]`)];
  const value = (name) => radios(name).find((radio) => radio.checked)?.value;
  const all = cards.reduce((sum, card) => sum + card.rows.length, 0);
  let way = "beside";

  function filter() {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const kind = value("status");
    let rest = 0;
    for (const card of cards) {
      let left = 0;
      for (const { row, kind: own, text } of card.rows) {
        const is = (kind === "all" || own === kind) && words.every((word) => text.includes(word) || card.name.includes(word));
        row.hidden = !is;
        left += is;
      }
      card.node.hidden = left === 0 && (card.rows.length > 0 || kind !== "all" || words.length > 0);
      rest += left;
    }
    shown.textContent = rest < all ? `${count(rest)} of ${count(all)} shown` : `${count(all)} shown`;
    shown.classList.toggle("part", rest < all);
    id("nothing").hidden = rest > 0 || all === 0;
  }

  function compare(chosen) {
    root.classList.toggle("over", chosen !== "beside");
    root.classList.toggle("swipes", chosen === "swipe");
    root.classList.toggle("blinks", chosen === "blink");
    for (const slider of document.querySelectorAll(".swipe")) slider.hidden = chosen !== "swipe";
  }

  function remember() {
    const state = new URLSearchParams();
    if (find.value) state.set("find", find.value);
    if (value("status") !== "all") state.set("show", value("status"));
    if (value("way") !== "beside") state.set("way", value("way"));
    if (String(state) !== location.hash.slice(1)) history.replaceState(null, "", `#${state}`);
  }

  function apply() {
    way = value("way");
    filter();
    compare(way);
    remember();
  }

  function restore() {
    const state = new URLSearchParams(location.hash.slice(1));
    find.value = state.get("find") ?? "";
    for (const [name, key] of [["status", "show"], ["way", "way"]]) {
      for (const radio of radios(name)) radio.checked = radio.value === state.get(key);
      if (value(name) === undefined) radios(name)[0].checked = true;
    }
    apply();
  }

  for (const pair of document.querySelectorAll(".pair")) {
    const label = document.createElement("label");
    label.className = "swipe";
    const slider = Object.assign(document.createElement("input"), { type: "range", min: 0, max: 100, value: 50 });
    slider.setAttribute("aria-label", "from the image to its baseline");
    slider.addEventListener("input", () => pair.style.setProperty("--at", `${slider.value}%`));
    label.append(slider, "baseline to the left of the edge, image to the right");
    pair.append(label);
    id("ways").hidden = false;
  }
  tools.addEventListener("input", apply);
  tools.addEventListener("submit", (event) => event.preventDefault());
  id("reset").addEventListener("click", () => {
    find.value = "";
    radios("status")[0].checked = true;
    apply();
    find.focus();
  });
  window.addEventListener("hashchange", restore);
  window.addEventListener("beforeprint", () => compare("beside"));
  window.addEventListener("afterprint", () => compare(way));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.target.closest("input, select")) return;
    event.preventDefault();
    find.focus();
  });
  tools.hidden = all === 0;
  restore();
});
