// Local times and countdowns. The server writes UTC, which stays in the title.

const thisYear = new Date().getFullYear();

export function localTime(date) {
  const options = { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
  if (date.getFullYear() !== thisYear) options.year = "numeric";
  return date.toLocaleString(undefined, options);
}

/** A span in at most two units, as the server writes it. */
export function span(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const parts = [
    [Math.floor(seconds / 86400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return "a moment";
  return parts.slice(first, first + 2).filter(([count]) => count > 0).map((part) => part.join(" ")).join(" ");
}

function localise(root) {
  for (const time of root.querySelectorAll("time.moment:not([data-local])")) {
    time.textContent = localTime(new Date(time.dateTime));
    time.dataset.local = "";
  }
}

function tick() {
  for (const time of document.querySelectorAll("time.countdown")) {
    const text = span(new Date(time.dateTime) - Date.now());
    if (time.textContent !== text) time.textContent = text;
  }
}

export function keepTime() {
  localise(document);
  tick();
  setInterval(tick, 1000);
  document.body.addEventListener("htmx:load", (event) => {
    localise(event.target.parentElement ?? document);
    tick();
  });
}
