// The annotate form as a drop zone: several files, a card for each, uploads with progress.
import { csrfHeader } from "./csrf.js";
import { examine, noRoom, size } from "./preflight.js";
import { checksum } from "./sha256.js";
import { fault, put, sendForm } from "./transfer.js";
import { beginning } from "./unpack.js";

const icons = new URL("icons.svg", import.meta.url).href;

/** An element with classes, text and children. */
function make(tag, classes, ...children) {
  const element = document.createElement(tag);
  if (classes) element.className = classes;
  element.append(...children);
  return element;
}

function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `${icons}#${name}`);
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

const REMARK_ICONS = { warning: "warning", refusal: "cross", good: "check" };

function remark({ kind, text }) {
  return make("li", `remark-${kind}`, icon(REMARK_ICONS[kind]), make("span", "", text));
}

/** The reference for one file: the one that fits is chosen at first, and what is amiss with the chosen one is told. */
class ReferenceChoice {
  constructor(select, name) {
    this.warnings = {};
    this.warning = make("ul", "remarks");
    this.select = select?.cloneNode(true);
    this.elements = [this.warning];
    if (!this.select) return;
    this.select.removeAttribute("id");
    this.select.setAttribute("aria-label", `Reference for ${name}`);
    this.select.addEventListener("change", () => this.tell());
    this.elements.unshift(make("label", "card-reference", make("span", "", "Reference"), this.select));
  }

  /** Nothing when there is nothing to choose: the server then takes its own. */
  get chosen() {
    return this.select?.value;
  }

  async recognise(clues) {
    let recognised;
    try {
      recognised = await post("/uploads/recognise", clues);
    } catch {
      // The server compares once more when the file is submitted.
      return;
    }
    this.warnings = recognised.warnings;
    if (this.select && recognised.best) this.select.value = recognised.best;
    this.tell();
  }

  tell() {
    const text = this.select ? this.warnings[this.chosen] : Object.values(this.warnings)[0];
    this.warning.replaceChildren(...(text ? [remark({ kind: "warning", text: text.replaceAll("`", "") })] : []));
  }
}

/** A chosen file: what was found in it, and how far its upload is. */
class Card {
  constructor(file, rules, forget) {
    this.file = file;
    this.state = "looking";
    const remove = make("button", "card-remove", icon("cross"));
    remove.type = "button";
    remove.addEventListener("click", () => (this.sending ? this.sending.abort() : forget(this)));
    this.remove = remove;
    this.rules = rules;
    this.nameButton();
    const limit = rules.maxBytes ? ` of ${size(rules.maxBytes)}` : "";
    const head = make("div", "card-head", make("span", "card-name", file.name), make("span", "card-size", size(file.size) + limit), remove);
    this.facts = make("dl", "card-facts");
    this.remarks = make("ul", "remarks", make("li", "", "Looking at the file…"));
    this.progress = make("div", "card-progress");
    this.reference = new ReferenceChoice(rules.references, file.name);
    this.element = make("li", "card-file", head, this.facts, ...this.reference.elements, this.remarks, this.progress);
  }

  /** While the file is on its way, the same button stops it. */
  nameButton() {
    this.remove.setAttribute("aria-label", `${this.sending ? "Stop the upload of" : "Remove"} ${this.file.name}`);
  }

  async look(rules) {
    let seen;
    try {
      seen = examine(this.file, await beginning(this.file), rules);
    } catch {
      seen = { refused: "unreadable", facts: [], remarks: [{ kind: "refusal", text: "The browser cannot read this file; choose it again." }] };
    }
    this.facts.replaceChildren(...seen.facts.map(([name, value]) =>
      make("div", name === "Assembly" ? "wide" : "", make("dt", "", name), make("dd", "", value))));
    if (seen.clues && !seen.refused) await this.reference.recognise(seen.clues);
    // Only now, since whoever reads that all is fine goes on to the button.
    this.remarks.replaceChildren(...seen.remarks.map(remark));
    this.element.classList.toggle("refused", Boolean(seen.refused));
    this.state = seen.refused ? "refused" : "ready";
  }

  /** Says that there is no room for the file, or that there is by now. */
  fit(full) {
    this.full?.remove();
    this.full = full ? remark({ kind: "refusal", text: full }) : undefined;
    if (this.full) this.remarks.append(this.full);
    this.element.classList.toggle("refused", Boolean(full));
    this.state = full ? "full" : "ready";
  }

  show(part, began, doing) {
    const sent = Math.min(part, this.file.size);
    const seconds = (performance.now() - began) / 1000;
    const bar = this.progress.querySelector("progress") ?? make("progress", "");
    const share = Math.floor((sent / this.file.size) * 100);
    bar.max = 100;
    bar.value = share;
    bar.setAttribute("aria-label", `${doing || "Upload"} of ${this.file.name}`);
    const speed = seconds > 0.2 ? ` · ${size(Math.round(sent / seconds))}/s` : "";
    const words = make("span", "", `${doing ? `${doing}: ` : ""}${share} % · ${size(sent)} of ${size(this.file.size)}${speed}`);
    this.progress.replaceChildren(bar, words);
  }

  /** A way to tell how far it is, from now on. */
  meter(doing) {
    const began = performance.now();
    return (part) => this.show(part, began, doing);
  }

  /** Brings the bytes to where the server wants them; returns where to go on. */
  async upload() {
    const { signal } = this.sending;
    const announced = { file_name: this.file.name, size: this.file.size };
    // The checksum is for a form; without one the server computes it itself.
    const direct = this.file.size <= this.rules.directBytes;
    if (direct) announced.sha256 = await checksum(this.file, this.meter("Checksum"), signal);
    // Tried again, it is the same upload: those that come to nothing are counted.
    const agreed = this.agreed ?? (await post("/uploads", announced));
    this.agreed = agreed;
    const options = { progress: this.meter(), signal };
    await (agreed.form ? sendForm(agreed.form, this.file, options) : put(agreed.url, this.file, options));
    return agreed.submit_url;
  }

  async send() {
    this.state = "sending";
    this.sending = new AbortController();
    this.nameButton();
    try {
      const submit = await this.upload();
      this.remove.hidden = true;
      const job = await post(submit, { reference: this.reference.chosen });
      this.state = "sent";
      this.rules.bytesLeft -= this.file.size;
      this.rules.jobsLeft -= 1;
      const link = make("a", "", "See the job");
      link.href = job.url;
      this.progress.replaceChildren(make("span", "remark-good", icon("check"), " Uploaded. ", link));
      return job.url;
    } catch (error) {
      this.state = "ready";
      this.remove.hidden = false;
      this.progress.replaceChildren();
      this.remarks.replaceChildren(remark(this.sending.signal.aborted
        ? { kind: "warning", text: "The upload was stopped." }
        : { kind: "refusal", text: error.message }));
      return undefined;
    } finally {
      this.sending = undefined;
      this.nameButton();
    }
  }
}

async function post(url, body) {
  let answer;
  try {
    answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json", ...csrfHeader() }, body: JSON.stringify(body) });
  } catch {
    throw fault(0, "");
  }
  const text = await answer.text();
  if (!answer.ok) throw fault(answer.status, text);
  return JSON.parse(text);
}

export function makeDropZone(form) {
  const zone = form.querySelector("#drop");
  const input = form.querySelector("#file");
  const list = form.querySelector("#cards");
  const start = form.querySelector("#start");
  const status = form.querySelector("#upload-status");
  const left = (text) => (text ? Number(text) : Infinity);
  const rules = { maxBytes: Number(form.dataset.maxBytes) || undefined, bytesLeft: left(form.dataset.bytesLeft), jobsLeft: left(form.dataset.jobsLeft), directBytes: Number(form.dataset.directBytes), plan: form.dataset.plan, references: form.querySelector("#reference") };
  // Each file has a choice of its own.
  form.querySelector("#choose-reference")?.setAttribute("hidden", "");
  let cards = [];
  let busy = false;

  form.classList.add("lively");
  input.multiple = true;
  input.required = false;

  const refresh = () => {
    const ready = cards.filter((card) => card.state === "ready").length;
    start.disabled = busy || ready === 0;
    start.textContent = ready > 1 ? `Annotate ${ready} files` : "Annotate";
  };

  // What is left is shared out among the files in their order: those that do not fit say so before they are sent.
  const measure = () => {
    let { bytesLeft, jobsLeft } = rules;
    for (const card of cards.filter((card) => card.state === "ready" || card.state === "full")) {
      const full = noRoom(card.file.size, bytesLeft, jobsLeft);
      card.fit(full);
      if (full) continue;
      bytesLeft -= card.file.size;
      jobsLeft -= 1;
    }
    refresh();
  };

  const forget = (card) => {
    cards = cards.filter((other) => other !== card);
    card.element.remove();
    input.focus();
    measure();
  };

  const add = async (files) => {
    const fresh = [...files].map((file) => new Card(file, rules, forget));
    cards.push(...fresh);
    list.append(...fresh.map((card) => card.element));
    refresh();
    await Promise.all(fresh.map((card) => card.look(rules)));
    refresh();
    measure();
    const refused = fresh.filter((card) => card.state === "refused").length;
    status.textContent = `${fresh.length} ${fresh.length === 1 ? "file" : "files"} chosen${refused ? `, ${refused} of them cannot be annotated` : ""}.`;
  };

  input.addEventListener("change", () => {
    const files = [...input.files];
    input.value = "";
    add(files);
  });
  let within = 0;
  const over = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  zone.addEventListener("dragenter", (event) => {
    within += 1;
    zone.classList.toggle("over", over(event));
  });
  zone.addEventListener("dragleave", () => {
    within -= 1;
    if (within <= 0) zone.classList.remove("over");
  });
  // A file dropped beside the zone shall not replace the page.
  for (const name of ["dragover", "drop"]) window.addEventListener(name, (event) => over(event) && event.preventDefault());
  zone.addEventListener("drop", (event) => {
    within = 0;
    zone.classList.remove("over");
    if (over(event)) add(event.dataTransfer.files);
  });

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    refresh();
    const ready = cards.filter((card) => card.state === "ready");
    status.textContent = "Uploading.";
    const pages = [];
    for (const card of ready) pages.push(await card.send());
    busy = false;
    refresh();
    if (pages.every(Boolean) && pages.length > 0) {
      location.assign(pages.length === 1 ? pages[0] : "/annotations");
    } else {
      status.textContent = "Not every file could be uploaded.";
    }
  });
  refresh();
}
