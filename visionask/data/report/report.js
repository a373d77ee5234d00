"use strict";
(() => {
  const list = document.getElementById("items");
  const tools = document.getElementById("tools");
  const find = document.getElementById("find");
  const sort = document.getElementById("sort");
  const shown = document.getElementById("shown");
  const radios = [...tools.querySelectorAll("input[type=radio]")];
  const compare = new Intl.Collator(undefined, { numeric: true }).compare;
  const items = [...list.children].map((node, order) => ({ node, order, status: node.dataset.status }));
  let sorted = "order";

  const name = (item) => (item.name ??= item.node.querySelector("h2").textContent);
  const text = (item) => (item.text ??= item.node.textContent.toLowerCase());
  const number = (item, key) => (key in item.node.dataset ? Number(item.node.dataset[key]) : -1);
  const orders = {
    order: (a, b) => a.order - b.order,
    name: (a, b) => compare(name(a), name(b)) || a.order - b.order,
  };
  for (const key of ["price", "tokens", "seconds"]) {
    orders[key] = (a, b) => number(b, key) - number(a, key) || a.order - b.order;
  }

  function show() {
    const status = radios.find((radio) => radio.checked).value;
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const item of items) {
      const fits =
        (status === "all" || item.status === status || (status === "ok" && item.status === "cached")) &&
        words.every((word) => text(item).includes(word));
      if (item.node.hidden === fits) item.node.hidden = !fits;
      count += fits;
    }
    if (sort.value !== sorted) {
      sorted = sort.value;
      list.append(...[...items].sort(orders[sorted]).map((item) => item.node));
    }
    const all = items.length.toLocaleString("en");
    shown.textContent = count === items.length ? `${all} shown` : `${count.toLocaleString("en")} of ${all} shown`;
    const state = new URLSearchParams();
    if (find.value) state.set("find", find.value);
    if (status !== "all") state.set("show", status);
    if (sorted !== "order") state.set("sort", sorted);
    if (String(state) !== location.hash.slice(1)) history.replaceState(null, "", `#${state}`);
  }

  function restore() {
    const state = new URLSearchParams(location.hash.slice(1));
    const status = state.get("show") ?? "all";
    find.value = state.get("find") ?? "";
    sort.value = Object.hasOwn(orders, state.get("sort") ?? "") ? state.get("sort") : "order";
    for (const radio of radios) radio.checked = radio.value === status;
    if (!radios.some((radio) => radio.checked)) radios[0].checked = true;
    show();
  }

  for (const radio of radios.slice(1)) {
    const status = radio.value;
    const count = items.filter((item) => item.status === status || (status === "ok" && item.status === "cached")).length;
    radio.nextElementSibling.append(` ${count.toLocaleString("en")}`);
    radio.parentElement.hidden = count === 0 || (count === items.length && status !== "failed");
  }
  radios.map((radio) => radio.parentElement).findLast((label) => !label.hidden).classList.add("last");
  document.querySelector("main").prepend(document.getElementById("totals"));
  tools.addEventListener("input", show);
  tools.addEventListener("submit", (event) => event.preventDefault());
  window.addEventListener("hashchange", restore);
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.closest("input, select")) {
      event.preventDefault();
      find.focus();
    } else if (event.key === "Escape" && event.target === find) {
      find.value = "";
      show();
    }
  });
  tools.hidden = items.length === 0;
  restore();
})();
