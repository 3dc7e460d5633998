// What the radar sees: whose wave it is, how large it becomes, and who comes.
import { has, lang, say, share } from "./words.js";

const $ = (id) => document.getElementById(id);
const inOurs = (words) => words[lang] || words.en;
const SHOWN = 6;

function piece(kind, text, parent) {
  const span = document.createElement("span");
  span.className = kind;
  span.textContent = text;
  parent.append(span, " ");
  return span;
}

// crowd is one line: what they are taken for and how sure, who they are, what is done, why.
function crowd(c, shadow) {
  const line = document.createElement("li");
  line.dataset.kind = c.kind;
  const sign = piece("sign", { attack: "■", fans: "●" }[c.kind] ?? "?", line);
  sign.setAttribute("aria-hidden", "true");
  const text = document.createElement("p");
  const kind = say("crowd." + c.kind) + (c.kind === "unsure" ? "" : ", " + share(c.confidence));
  piece("what", kind, text);
  if (has("crowd." + c.treatment)) piece("treated", say("crowd." + c.treatment) + (shadow ? ` (${say("crowd.shadow")})` : ""), text);
  piece("who", inOurs(c.who), text);
  piece("why", inOurs(c.why), text);
  line.append(text);
  return line;
}

// show draws what was seen; undefined: nobody looks, or nothing was seen yet.
export function show(seen) {
  const on = seen && (seen.state !== "calm" || seen.crowds.some((c) => c.kind === "attack"));
  $("radar").hidden = !on;
  $("radar").textContent = on ? inOurs(seen.says) : "";
  $("radar").dataset.state = seen?.state ?? "calm";
  const crowds = on ? seen.crowds.slice(0, SHOWN) : [];
  $("crowds-card").hidden = !crowds.length;
  $("crowds").replaceChildren(...crowds.map((c) => crowd(c, seen.shadow)));
}
