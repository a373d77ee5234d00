"use strict";
(() => {
  const PAGE = 100;
  const root = document.documentElement;
  const mark = (name, on) => root.classList.toggle(name, on);
  const id = (name) => document.getElementById(name);
  const count = (number) => number.toLocaleString("en");

  function start() {
    const [tools, find, sort, shown, page] = ["tools", "find", "sort", "shown", "page"].map(id);
    const room = id("items");
    const list = room.querySelector("ol");
    const rest = room.appendChild(document.createElement("ol")); // out of sight, but kept where the page is saved
    const radios = [...tools.querySelectorAll("input[type=radio]")];
    const items = [...room.querySelectorAll("ol > li")].map((node, order) => ({ node, order, ...node.dataset }));
    const compare = new Intl.Collator(undefined, { numeric: true }).compare;
    const name = (item) => (item.name ??= item.node.querySelector("h2").textContent);
    const text = (item) => (item.text ??= item.node.textContent.toLowerCase());
    const has = (item, status) => status === "all" || item.status === status || (status === "ok" && item.status === "cached");
    const number = (item, key) => Number(item[key] ?? -1);
    const orders = { order: () => 0, name: (a, b) => compare(name(a), name(b)) };
    for (const key of ["price", "tokens", "seconds"]) orders[key] = (a, b) => number(b, key) - number(a, key);
    const sorted = { order: items };
    let found = items;
    let at = 1;

    const status = () => radios.find((radio) => radio.checked).value;
    const pages = () => Math.max(1, Math.ceil(found.length / PAGE));

    function filter() {
      const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
      const kind = status();
      const all = (sorted[sort.value] ??= [...items].sort(orders[sort.value]));
      found = all.filter((item) => has(item, kind) && words.every((word) => text(item).includes(word)));
    }

    function put(some) {
      const next = some.map((item) => item.node);
      const now = [...list.children];
      if (next.length === now.length && next.every((node, place) => node === now[place])) return;
      const stays = new Set(next);
      for (const node of now) if (!stays.has(node)) rest.append(node);
      for (const node of next) list.append(node);
    }

    function tell() {
      const all = count(items.length);
      const part = found.length < items.length;
      const range = `${count((at - 1) * PAGE + 1)}–${count(Math.min(at * PAGE, found.length))} of ${count(found.length)}`;
      if (pages() > 1) shown.textContent = part ? `${range} found in ${all}` : range;
      else shown.textContent = part ? `${count(found.length)} of ${all} shown` : `${all} shown`;
      shown.classList.toggle("part", part);
      id("nothing").hidden = found.length > 0 || items.length === 0;
      id("pager").hidden = pages() === 1;
      id("pages").textContent = count(pages());
      id("previous").disabled = at === 1;
      id("next").disabled = at === pages();
      page.max = pages();
      page.value = at;
    }

    function remember() {
      const state = new URLSearchParams();
      if (find.value) state.set("find", find.value);
      if (status() !== "all") state.set("show", status());
      if (sort.value !== "order") state.set("sort", sort.value);
      if (at > 1) state.set("page", at);
      if (String(state) !== location.hash.slice(1)) history.replaceState(null, "", `#${state}`);
    }

    function show(wanted = 1) {
      at = Math.min(Math.max(1, Math.trunc(wanted) || 1), pages());
      put(found.slice((at - 1) * PAGE, at * PAGE));
      tell();
      remember();
    }

    function search() {
      filter();
      show();
      if (room.getBoundingClientRect().top < 0) room.scrollIntoView();
    }

    function turn(wanted) {
      show(wanted);
      room.setAttribute("aria-label", `Page ${at} of ${pages()}`);
      room.focus({ preventScroll: true });
      room.scrollIntoView();
    }

    function restore() {
      const state = new URLSearchParams(location.hash.slice(1));
      find.value = state.get("find") ?? "";
      sort.value = Object.hasOwn(orders, state.get("sort") ?? "") ? state.get("sort") : "order";
      for (const radio of radios) radio.checked = radio.value === (state.get("show") ?? "all");
      if (!radios.some((radio) => radio.checked)) radios[0].checked = true;
      filter();
      show(Number(state.get("page")));
    }

    function paper(is) {
      put(is ? found : found.slice((at - 1) * PAGE, at * PAGE));
      if (!is) return tell();
      const radio = radios.find((one) => one.checked);
      const told = [find.value.trim(), radio === radios[0] ? "" : radio.nextElementSibling.firstChild.data].filter(Boolean);
      shown.textContent = `${count(found.length)} of ${count(items.length)} images: ${told.join(", ")}`;
    }

    function warm(from = 0) {
      for (const item of items.slice(from, from + 500)) text(item);
      if (from + 500 < items.length) setTimeout(warm, 0, from + 500);
    }

    for (const radio of radios.slice(1)) {
      const number = items.filter((item) => has(item, radio.value)).length;
      radio.nextElementSibling.append(` ${count(number)}`);
      radio.parentElement.hidden = number === 0 || (number === items.length && radio.value !== "failed");
    }
    const main = document.querySelector("main");
    if (id("totals")) main.prepend(id("totals"));
    else mark("cut", true);
    main.append(id("pager"));
    tools.addEventListener("input", search);
    tools.addEventListener("submit", (event) => event.preventDefault());
    page.addEventListener("change", () => turn(Number(page.value)));
    id("previous").addEventListener("click", () => turn(at - 1));
    id("next").addEventListener("click", () => turn(at + 1));
    id("reset").addEventListener("click", () => {
      find.value = "";
      radios[0].checked = true;
      search();
      find.focus();
    });
    window.addEventListener("hashchange", restore);
    window.addEventListener("beforeprint", () => paper(true));
    window.addEventListener("afterprint", () => paper(false));
    document.addEventListener("keydown", (event) => {
      if (event.key === "/" && !event.target.closest("input, select")) {
        event.preventDefault();
        find.focus();
      } else if (event.key === "Escape" && event.target === find) {
        find.value = "";
        search();
      }
    });
    tools.hidden = items.length === 0;
    restore();
    mark("reading", false);
    setTimeout(warm, 200);
  }

  mark("paged", true);
  mark("reading", true);
  document.addEventListener("DOMContentLoaded", start);
})();
