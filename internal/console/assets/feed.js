// Where the numbers come from: the control API, or a story with canned data.
const canned = document.getElementById("story");
export const story = canned ? JSON.parse(canned.textContent) : null;

const api = (path) => "/api/v1/" + path;
const shopPath = (shop, what = "") => api("shops/" + encodeURIComponent(shop) + what);

// ask returns an answer's JSON; without a session it leads to the login page.
async function ask(path, options = {}) {
  const answer = await fetch(path, { cache: "no-store", ...options });
  if (answer.status === 401) {
    location.assign("/login");
    return new Promise(() => {}); // the page is going away
  }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.error?.message ?? String(answer.status));
  return body;
}

export async function shops() {
  return story ? [story.view.vitals.shop] : (await ask(api("shops"))).shops;
}

export async function history(shop) {
  return story ? story.points : (await ask(shopPath(shop, "/history?seconds=600"))).points;
}

export async function log(shop) {
  if (story) return story.log ?? [];
  return (await ask(api("journal?notes=1&since=24h&limit=40&shop=" + encodeURIComponent(shop)))).records;
}

export async function sharing(shop) {
  return story ? story.sharing ?? null : (await ask(shopPath(shop, "/sharing"))).sharing;
}

// order gives an order and returns the audit record of it, or null when it was
// so already.
export async function order(shop, what, body) {
  if (story) return { time: new Date(story.view.point.t * 1000).toISOString(), actor: "Ola", note: pretend(what, body) };
  const done = await ask(shopPath(shop, "/" + what), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: body === undefined ? "" : JSON.stringify(body),
  });
  if (done.warning) throw new Error(done.warning);
  return done.audit;
}

function pretend(what, body) {
  if (what.startsWith("sharing/")) return pretendWord(what.split("/"), body);
  const now = story.view.orders;
  const before = now.mode;
  if (what === "ceiling") {
    const note = `ceiling: ${now.ceiling || "none"} → ${body.n || "none"}`;
    now.ceiling = story.view.vitals.ceiling = body.n;
    return note;
  }
  now.mode = story.view.vitals.mode = { hold: "hold", release: "auto" }[what] ?? body.mode;
  return `mode: ${before} → ${now.mode}`;
}

// pretendWord is for one kind, sharing/KIND/WORD, or for all, sharing/WORD.
function pretendWord(path, body) {
  if (path[1] === "check") {
    story.sharing.asked = story.view.vitals.time;
    return "sharing: comparison → ordered";
  }
  const word = path.at(-1), give = word !== "withdraw", one = path.length > 2 && path[1];
  const all = (k) => (give ? k.asks && Object.hasOwn(body.checked, k.name) : k.confirmed);
  const which = story.sharing.kinds.filter((k) => (one ? k.name === one : all(k)));
  for (const kind of which) {
    kind.confirmed = give ? story.view.vitals.time : undefined;
    if (!kind.shared && !kind.asks) continue; // something else is missing
    kind.shared = give;
    kind.asks = !give;
    kind.reason = give ? "" : "owner-not-asked";
  }
  return `sharing: ${which.map((k) => k.name).join(", ")} → ${give ? "confirmed" : "withdrawn"}`;
}

// follow calls on.view for each second, on.open when a connection stands (the
// past may have a gap then) and on.lost when it breaks. It returns how to stop.
export function follow(shop, on) {
  if (story) {
    on.open();
    on.view(story.view);
    const again = () => on.view(story.view);
    document.addEventListener("story", again);
    return () => document.removeEventListener("story", again);
  }
  let stream, retry, silence, stopped = false, pause = 2000;
  const lost = () => {
    clearTimeout(silence);
    on.lost();
  };
  // The server sends each second, so five without a word are a broken line even
  // if the browser has not noticed.
  const heard = () => {
    clearTimeout(silence);
    silence = setTimeout(() => { lost(); stream.close(); again(); }, 5000);
  };
  const again = () => {
    clearTimeout(retry);
    if (stopped) return;
    retry = setTimeout(open, pause);
    pause = Math.min(pause * 1.5, 10000);
  };
  const open = async () => {
    try {
      await shops(); // an event stream cannot tell a lost session from a lost line
    } catch {
      lost();
      again();
      return;
    }
    if (stopped) return;
    stream = new EventSource(shopPath(shop, "/events"));
    stream.onopen = () => { pause = 2000; on.open(); heard(); };
    stream.addEventListener("vitals", (event) => { heard(); on.view(JSON.parse(event.data)); });
    stream.onerror = () => { lost(); stream.close(); again(); };
  };
  open();
  return () => {
    stopped = true;
    clearTimeout(retry);
    clearTimeout(silence);
    stream?.close();
  };
}
