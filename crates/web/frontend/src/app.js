// What makes the pages lively. Each part looks for what it serves and leaves pages without it alone.
import { makeCopyable } from "./copy.js";
import { sendCsrfToken } from "./csrf.js";
import { makeDropZone } from "./drop_zone.js";
import { keepTime } from "./time.js";

const form = document.getElementById("annotate");
if (form) makeDropZone(form);
keepTime();
sendCsrfToken();
makeCopyable(document);

// Menus close when the attention moves elsewhere, and on Escape.
const menus = () => document.querySelectorAll("details.menu[open], details.ask[open]");
document.addEventListener("click", (event) => {
  for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
