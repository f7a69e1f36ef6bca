"use strict";
// The page is whole without this: it only filters, folds and changes the light.
(() => {
  const one = (selector) => document.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  const root = document.documentElement;
  const search = one("#search");
  const told = one("#told");
  const nothing = one("#nothing");
  const chips = all("[data-filter]");
  const sections = all("main section");
  const changes = all(".change").map((item) => ({
    item,
    details: item.querySelector("details"),
    kinds: item.dataset.kinds.split(" "),
    text: all(".sought", item).map((each) => each.textContent).join("\n").toLowerCase(),
  }));

  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/u).filter(Boolean);
    const kinds = chips
      .filter((chip) => chip.ariaPressed === "true")
      .map((chip) => chip.dataset.filter);
    let shown = 0;
    for (const { item, kinds: has, text } of changes) {
      const fits =
        words.every((word) => text.includes(word)) &&
        (kinds.length === 0 || kinds.some((kind) => has.includes(kind)));
      item.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    for (const section of sections) {
      section.hidden = !section.querySelector(".change:not([hidden])");
    }
    const isFiltered = words.length > 0 || kinds.length > 0;
    told.textContent = isFiltered ? `${shown} of ${changes.length} shown` : "";
    nothing.hidden = shown > 0 || changes.length === 0;
  };

  const clear = () => {
    search.value = "";
    for (const chip of chips) chip.ariaPressed = "false";
    filter();
  };

  const fold = (isOpen) => {
    for (const { item, details } of changes) if (!item.hidden) details.open = isOpen;
  };

  const openLinked = () => {
    const id = location.hash.slice(1);
    const linked = changes.find(({ item }) => id && item.id === id);
    if (!linked) return;
    if (linked.item.hidden) clear();
    linked.details.open = true;
    linked.item.scrollIntoView();
    // What lies above is drawn, and gets its real height, only once it is scrolled to.
    requestAnimationFrame(() => requestAnimationFrame(() => linked.item.scrollIntoView()));
  };

  const turnLight = () => {
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    root.dataset.theme = (root.dataset.theme ?? system) === "dark" ? "light" : "dark";
  };

  for (const chip of chips) {
    chip.addEventListener("click", () => {
      chip.ariaPressed = chip.ariaPressed === "true" ? "false" : "true";
      filter();
    });
  }
  search.addEventListener("input", filter);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Escape") clear();
  });
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest?.("input") || event.ctrlKey || event.metaKey || event.altKey;
    if (event.key !== "/" || isTyping) return;
    event.preventDefault();
    search.focus();
    search.select();
  });
  one("#expand").addEventListener("click", () => fold(true));
  one("#collapse").addEventListener("click", () => fold(false));
  one("#clear").addEventListener("click", () => { clear(); search.focus(); });
  one("#light").addEventListener("click", turnLight);
  addEventListener("hashchange", openLinked);

  one(".tools").hidden = false;
  one("#light").hidden = false;
  filter();
  openLinked();
})();
