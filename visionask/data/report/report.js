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
    const items = [...room.querySelectorAll(":scope > ol > li")].map((node, order) => ({ node, order, ...node.dataset }));
    const compare = new Intl.Collator(undefined, { numeric: true }).compare;
    const name = (item) => (item.name ??= item.node.querySelector("h2").textContent);
    const text = (item) => (item.text ??= item.node.textContent.toLowerCase());
    const has = (item, status) => status === "all" || item.status === status || (status === "ok" && item.status === "cached");
    const number = (item, key) => Number(item[key] ?? -1);
    const values = (item) => (item.values ??= read(item.node));
    const orders = {
      order: () => 0,
      name: (a, b) => compare(name(a), name(b)),
      answer: (a, b) => compare(Object.values(values(a))[0] ?? "\uffff", Object.values(values(b))[0] ?? "\uffff"),
    };
    for (const key of ["price", "tokens", "seconds", "probability"]) orders[key] = (a, b) => number(b, key) - number(a, key);
    const sorted = { order: items };
    const picked = new Map(); // of a field, "" for the answer, the value that is shown
    const marks = recall();
    const byNode = new Map(items.map((item) => [item.node, item]));
    let found = items;
    let at = 1;
    let current = -1; // the place among the found of the item that keys work on

    function read(node) {
      const fields = [...node.querySelectorAll(".data > div")];
      if (fields.length) return Object.fromEntries(fields.map((one) => [one.firstChild.textContent, one.lastChild.textContent]));
      const answer = node.querySelector(".answer");
      return answer ? { "": answer.textContent.trim() } : {};
    }

    const folded = (value) => value.trim().toLowerCase().replace(/[.!]+$/, "").slice(0, 60);
    const is = (item, field) => (Object.hasOwn(values(item), field) ? folded(values(item)[field]) : null);

    function countAnswers() {
      const fields = new Map();
      for (const item of items) {
        for (const field of Object.keys(values(item))) {
          if (!fields.has(field) && fields.size > 11) continue;
          const counts = fields.get(field) ?? fields.set(field, new Map()).get(field);
          const value = is(item, field);
          counts.set(value, (counts.get(value) ?? 0) + 1);
        }
      }
      for (const [field, counts] of fields) {
        const most = [...counts].sort((a, b) => b[1] - a[1] || compare(a[0], b[0]));
        if (most[0][1] < 2 || counts.size > Math.max(12, items.length / 2 + 1)) continue; // texts, each of its own
        const group = document.createElement("div");
        const head = document.createElement("span");
        head.textContent = field || "Answers";
        group.append(head);
        for (const [value, number] of most.slice(0, 12)) {
          const chip = document.createElement("button");
          chip.type = "button";
          chip.dataset.field = field;
          chip.dataset.value = value;
          chip.append(value || "(empty)", " ");
          chip.append(Object.assign(document.createElement("b"), { textContent: count(number) }));
          group.append(chip);
        }
        if (most.length > 12) group.append(`and ${count(most.length - 12)} more`);
        id("facets").append(group);
      }
      id("facets").hidden = !id("facets").childElementCount;
    }

    function press() {
      for (const chip of id("facets").querySelectorAll("button"))
        chip.setAttribute("aria-pressed", picked.get(chip.dataset.field) === chip.dataset.value);
    }

    const place = `visionask:${location.pathname}:${document.title}`;

    function recall() {
      try {
        return JSON.parse(localStorage.getItem(`visionask:${location.pathname}:${document.title}`)) ?? {};
      } catch {
        return {}; // no storage here: marks hold until the page is closed
      }
    }

    function keep() {
      try {
        if (Object.keys(marks).length) localStorage.setItem(place, JSON.stringify(marks));
        else localStorage.removeItem(place);
      } catch {}
      const number = Object.keys(marks).length;
      id("save").hidden = number === 0;
      id("save").textContent = `Save labels.csv (${count(number)})`;
    }

    function judge(item, verdict) {
      if (!Object.keys(values(item)).length) return;
      const key = name(item);
      if (marks[key]?.verdict === verdict) delete marks[key];
      else marks[key] = { verdict, values: marks[key]?.values ?? {} };
      keep();
      drawMarks(item.node);
    }

    function drawMarks(node) {
      const item = byNode.get(node);
      if (!Object.keys(values(item)).length) return;
      const mark = marks[name(item)];
      let bar = node.querySelector(".marks");
      if (!bar) {
        bar = document.createElement("div");
        bar.className = "marks";
        for (const verdict of ["right", "wrong"]) {
          const button = Object.assign(document.createElement("button"), { type: "button", textContent: verdict });
          button.dataset.verdict = verdict;
          bar.append(button);
        }
        node.querySelector(".facts").before(bar);
      }
      for (const button of bar.querySelectorAll("button")) button.setAttribute("aria-pressed", mark?.verdict === button.dataset.verdict);
      node.classList.toggle("right", mark?.verdict === "right");
      node.classList.toggle("wrong", mark?.verdict === "wrong");
      for (const old of bar.querySelectorAll("label")) old.remove();
      if (mark?.verdict !== "wrong") return;
      for (const [field, value] of Object.entries(values(item))) {
        const label = document.createElement("label");
        const input = document.createElement("input");
        input.type = "text";
        input.dataset.field = field;
        input.placeholder = "what is right";
        input.value = mark.values[field] ?? (field ? value : "");
        label.append(field ? `${field} ` : "", input);
        if (!field) input.setAttribute("aria-label", "what is right");
        bar.append(label);
      }
    }

    function correct(input) {
      const item = byNode.get(input.closest("#items > ol > li"));
      const mark = marks[name(item)];
      if (!mark) return;
      for (const one of input.closest(".marks").querySelectorAll("input")) mark.values[one.dataset.field] = one.value.trim();
      keep();
    }

    function cell(text) {
      const safe = /^'*[=+\-@\t\r]/.test(text) && !/^[-+]?[\d.]+$/.test(text) ? `'${text}` : text;
      return /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
    }

    function labels() {
      let fields = null;
      const rows = [];
      for (const item of items) {
        const mark = marks[name(item)];
        if (!mark) continue;
        const right = mark.verdict === "right" ? values(item) : mark.values;
        fields ??= Object.keys(values(item));
        if (fields.every((field) => (right[field] ?? "") !== "")) rows.push([name(item), ...fields.map((field) => right[field])]);
      }
      const head = ["image", ...(fields ?? [""]).map((field) => (field ? `label.${field}` : "label"))];
      return [head, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
    }

    function save() {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([labels()], { type: "text/csv" }));
      link.download = "labels.csv";
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    }

    function go(step) {
      const wanted = Math.min(Math.max(0, current < 0 ? (at - 1) * PAGE : current + step), found.length - 1);
      if (wanted < 0) return;
      if (Math.floor(wanted / PAGE) + 1 !== at) show(Math.floor(wanted / PAGE) + 1);
      current = wanted;
      const node = found[current].node;
      node.tabIndex = -1;
      node.focus();
      node.scrollIntoView({ block: "nearest" });
      if (id("look").open) look();
    }

    function look() {
      const item = found[current];
      if (!item) return;
      const thumb = item.node.querySelector(".picture img");
      const file = item.node.querySelector("a.picture");
      const large = id("large");
      large.onerror = () => {
        large.onerror = null;
        if (thumb) large.src = thumb.src;
      };
      large.hidden = !thumb;
      if (thumb) {
        large.alt = thumb.alt;
        large.src = file && location.protocol === "file:" && !/^https?:/.test(file.getAttribute("href")) ? file.href : thumb.src;
      }
      id("looked").textContent = name(item);
      id("told").replaceChildren(...[...item.node.querySelectorAll(".answer, .data, .error")].map((node) => node.cloneNode(true)));
      id("open").parentElement.hidden = !file;
      if (file) id("open").href = file.href;
      id("before").disabled = current <= 0;
      id("after").disabled = current >= found.length - 1;
      if (!id("look").open) id("look").showModal();
    }

    function work(key) {
      if (key === "j" || key === "ArrowRight") go(1);
      else if (key === "k" || key === "ArrowLeft") go(-1);
      else if (current >= 0 && found[current] && (key === "r" || key === "w")) {
        judge(found[current], key === "r" ? "right" : "wrong");
        if (key === "w" && !id("look").open) found[current].node.querySelector(".marks input")?.focus();
      } else if (current >= 0 && key === "Enter") look();
      else return false;
      return true;
    }

    const status = () => radios.find((radio) => radio.checked).value;
    const pages = () => Math.max(1, Math.ceil(found.length / PAGE));

    function filter() {
      const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
      const kind = status();
      const all = (sorted[sort.value] ??= [...items].sort(orders[sort.value]));
      found = all.filter((item) => 
        has(item, kind) && words.every((word) => text(item).includes(word)) && [...picked].every(([field, value]) => is(item, field) === value));
      current = -1;
      press();
    }

    function put(some) {
      const next = some.map((item) => item.node);
      for (const node of next) drawMarks(node);
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
      for (const [field, value] of picked) state.set(`is.${field}`, value);
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
      picked.clear();
      for (const [key, value] of state) if (key.startsWith("is.")) picked.set(key.slice(3), value);
      filter();
      show(Number(state.get("page")));
    }

    function paper(is) {
      put(is ? found : found.slice((at - 1) * PAGE, at * PAGE));
      if (!is) return tell();
      const radio = radios.find((one) => one.checked);
      const told = [find.value.trim(), radio === radios[0] ? "" : radio.nextElementSibling.firstChild.data].filter(Boolean);
      told.push(...picked.values());
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
    main.prepend(id("facets"));
    if (id("totals")) main.prepend(id("totals"));
    else mark("cut", true);
    main.append(id("pager"));
    for (const option of sort.options) option.hidden = option.value === "probability" && !items.some((item) => item.probability);
    if (items.length <= 500) countAnswers();
    keep();
    id("facets").addEventListener("click", ({ target }) => {
      const chip = target.closest("button");
      if (!chip) return;
      const { field, value } = chip.dataset;
      if (picked.get(field) === value) picked.delete(field);
      else picked.set(field, value);
      search();
    });
    id("save").addEventListener("click", save);
    room.addEventListener("click", (event) => {
      const item = byNode.get(event.target.closest("#items > ol > li"));
      if (!item) return;
      current = found.indexOf(item);
      const button = event.target.closest(".marks button");
      if (button) return judge(item, button.dataset.verdict);
      if (!event.target.closest(".picture") || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      look();
    });
    room.addEventListener("input", (event) => {
      if (event.target.closest(".marks")) correct(event.target);
    });
    id("before").addEventListener("click", () => go(-1));
    id("after").addEventListener("click", () => go(1));
    id("close").addEventListener("click", () => id("look").close());
    id("look").addEventListener("click", (event) => event.target === id("look") && id("look").close());
    tools.addEventListener("input", search);
    tools.addEventListener("submit", (event) => event.preventDefault());
    page.addEventListener("change", () => turn(Number(page.value)));
    id("previous").addEventListener("click", () => turn(at - 1));
    id("next").addEventListener("click", () => turn(at + 1));
    id("reset").addEventListener("click", () => {
      find.value = "";
      radios[0].checked = true;
      picked.clear();
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
      } else if (!event.ctrlKey && !event.metaKey && !event.altKey && !event.target.closest("input, select, button, a, summary")) {
        if (work(event.key)) event.preventDefault();
      }
    });
    tools.hidden = items.length === 0;
    restore();
    mark("reading", false);
    if (items.length > 500) setTimeout(() => [countAnswers(), press()], 50); // the first page is shown before
    setTimeout(warm, 200);
  }

  mark("paged", true);
  mark("reading", true);
  document.addEventListener("DOMContentLoaded", start);
})();
