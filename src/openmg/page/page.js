(() => {
  "use strict";
  const root = document.documentElement;
  const wanted = { lang: null, theme: null };
  const dark = matchMedia("(prefers-color-scheme: dark)");

  function remembered(name) { try { return localStorage.getItem("openmg." + name); } catch { return null; } }
  function remember(name, value) { try { localStorage.setItem("openmg." + name, value); } catch { /* private window */ } }
  function fromHash() {
    const asked = new URLSearchParams(location.hash.slice(1));
    if (["en", "ko"].includes(asked.get("lang"))) wanted.lang = asked.get("lang");
    if (["light", "dark"].includes(asked.get("theme"))) wanted.theme = asked.get("theme");
  }
  const now = {
    lang: () => wanted.lang || ((navigator.languages || [navigator.language]).find((l) => /^(ko|en)\b/i.test(l)) || "en").slice(0, 2).toLowerCase(),
    theme: () => wanted.theme || (dark.matches ? "dark" : "light"),
  };
  function apply() {
    root.lang = root.dataset.lang = now.lang();
    root.dataset.theme = now.theme();
    const title = document.querySelector("title");
    if (title) document.title = title.dataset[now.lang()] || document.title;
    for (const button of document.querySelectorAll("button[data-set]"))
      button.setAttribute("aria-pressed", String(now[button.dataset.set]() === button.dataset.value));
  }
  for (const name of ["lang", "theme"]) wanted[name] = remembered(name);
  fromHash();
  apply();
  dark.addEventListener("change", apply);
  addEventListener("hashchange", () => { fromHash(); apply(); });

  addEventListener("DOMContentLoaded", () => {
    apply();
    for (const button of document.querySelectorAll("button[data-set]"))
      button.addEventListener("click", () => {
        wanted[button.dataset.set] = button.dataset.value;
        remember(button.dataset.set, button.dataset.value);
        apply();
        speak();
      });

    const charts = [...document.querySelectorAll(".chart")].map((figure) => ({
      figure,
      cells: JSON.parse(figure.querySelector("script").textContent),
      scrub: figure.querySelector(".scrub"),
      place: figure.dataset.labels,
      labels: JSON.parse(document.getElementById(figure.dataset.labels).textContent),
    }));
    const visible = (element) => [...element.childNodes]
      .filter((node) => node.nodeType === 3 || getComputedStyle(node).display !== "none").map((node) => node.textContent).join("");
    function speak() {
      for (const { figure, scrub } of charts)
        scrub.setAttribute("aria-valuetext", figure.querySelector(".at").textContent + ", " +
          [...figure.querySelectorAll("dl div")].filter((row) => row.querySelector("dd[data-row]"))
            .map((row) => visible(row.querySelector("dt")) + " " + row.querySelector("dd").textContent).join(", "));
    }
    function choose(slot, where) {
      for (const { figure, cells, scrub, labels } of charts.filter(({ place }) => place === where)) {
        scrub.value = slot;
        figure.querySelector(".at").textContent = labels[slot];
        for (const cell of figure.querySelectorAll("dd[data-row]")) cell.textContent = cells[cell.dataset.row][slot];
        for (const drawing of figure.querySelectorAll(":scope > svg"))
          drawing.querySelector(".cursor").setAttribute("x", +drawing.dataset.left + slot * drawing.dataset.step);
      }
      speak();
    }
    for (const { figure, scrub, place } of charts) {
      scrub.hidden = false;
      scrub.addEventListener("input", () => choose(+scrub.value, place));
      for (const title of figure.querySelectorAll(":scope > svg title")) title.remove();
      for (const drawing of figure.querySelectorAll(":scope > svg")) {
        const point = (event) => {
          const box = drawing.getBoundingClientRect();
          const x = ((event.clientX - box.left) / box.width) * drawing.dataset.width;
          choose(Math.max(0, Math.min(+scrub.max, Math.floor((x - drawing.dataset.left) / drawing.dataset.step))), place);
        };
        drawing.addEventListener("pointermove", point);
        drawing.addEventListener("pointerdown", point);
      }
    }
    for (const where of new Set(charts.map(({ place }) => place)))
      choose(+charts.find(({ place }) => place === where).scrub.value, where);
  });
})();
