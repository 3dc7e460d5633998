// Makes the pages of the campaign room follow what happens. All of them work
// without this file: it looks again by itself, hears that there is something to look for,
// and copies a sentence.
const again = Number(document.body.dataset.again) * 1000;
const mine = (part) => part.contains(document.activeElement) && document.activeElement !== document.body;

// typed says whether a field holds something else than what the page came with.
function typed(part) {
  for (const field of part.querySelectorAll("input, select, textarea")) {
    if (field.localName === "select") {
      if (field.selectedIndex !== Math.max(0, [...field.options].findIndex((o) => o.defaultSelected))) return true;
    } else if (field.checked !== field.defaultChecked || field.value !== field.defaultValue) return true;
  }
  return false;
}

// take puts the parts of a newer copy of this page in the place of the old ones.
// What the reader has the focus in, or has opened, stays as it is until the next.
function take(newer) {
  for (const part of document.querySelectorAll("[data-live]")) {
    const fresh = newer.getElementById(part.id);
    if (!fresh || mine(part) || part.querySelector("details[open]")) continue;
    if (part.dataset.live === "text") {
      // Screen readers hear this one, so it must not change without need.
      const text = fresh.textContent;
      if (part.textContent !== text) part.replaceChildren(...document.importNode(fresh, true).childNodes);
    } else if (!part.isEqualNode(fresh)) {
      part.replaceWith(document.importNode(fresh, true));
    }
  }
}

// renew puts in the place of the old whatever else is another: people have done something.
// It reports whether that was all; what the reader has the focus in, has opened or has
// typed into stays.
function renew(newer) {
  const page = document.getElementById("main"), fresh = newer.getElementById("main");
  const was = [...page.children], is = [...fresh.children];
  const held = (part) => mine(part) || part.querySelector("details[open]") !== null || typed(part);
  if (was.length !== is.length) {
    if (was.some(held)) return false;
    page.replaceChildren(...document.importNode(fresh, true).childNodes);
    offer(page);
    return true;
  }
  let all = true;
  was.forEach((part, i) => {
    if (part.isEqualNode(is[i])) return;
    if (held(part)) {
      all = false;
      return;
    }
    const put = document.importNode(is[i], true);
    part.replaceWith(put);
    offer(put);
  });
  return all;
}

// parts names what is on a page. Where a newer copy has other parts (a wave has
// come, a post is planned), the page is loaded anew, unless that would disturb.
const parts = (page) => [...page.querySelectorAll("main [id]")].map((part) => part.id).join();
const busy = () => document.activeElement !== document.body || document.querySelector("details[open]") !== null || typed(document);

// An XMLHttpRequest reads a page without running anything in it. One at a time: what
// was asked first may come last. Who may see the page no more is told so by loading it.
let asking = false, wanted = false, missed = 0;
function look() {
  if (document.hidden) return;
  if (asking) {
    wanted = true;
    return;
  }
  asking = true;
  const ask = new XMLHttpRequest();
  ask.responseType = "document";
  ask.timeout = 10000;
  ask.onload = () => {
    if (ask.status === 403 || ask.status === 410) location.reload();
    if (ask.status !== 200 || ask.response?.body?.className !== document.body.className) return;
    const told = ask.response.body.dataset.news ?? "";
    if (parts(ask.response) !== parts(document) && !busy()) location.reload();
    else take(ask.response);
    if (told !== (document.body.dataset.news ?? "") && renew(ask.response)) document.body.dataset.news = told;
  };
  ask.onloadend = () => {
    asking = false;
    // Two in a row: one answer is lost now and then, and nobody need know.
    missed = ask.status === 0 || ask.status >= 500 ? missed + 1 : 0;
    document.getElementById("cut-off")?.toggleAttribute("hidden", missed < 2);
    if (wanted) {
      wanted = false;
      look();
    }
  };
  ask.open("GET", location.href);
  ask.send();
}

// hear looks as soon as somebody has done something that the page shows, while it is
// looked at itself. Where no stream is to be had, looking now and then has to do.
let news = null;
function hear() {
  if (document.hidden || !document.body.dataset.news) {
    news?.close();
    news = null;
  } else if (!news || news.readyState === EventSource.CLOSED) {
    news = new EventSource(document.body.dataset.news);
    news.onmessage = look;
  }
}

if (again) {
  hear();
  setInterval(() => {
    look();
    hear();
  }, again);
  document.addEventListener("visibilitychange", () => {
    look();
    hear();
  });
}

// offer lets the sentences of a part be copied.
function offer(part) {
  for (const button of part.querySelectorAll("[data-copy]")) {
    button.parentElement.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      const said = button.parentElement.querySelector("[data-copied]");
      try {
        await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
        said.hidden = false;
      } catch {
        getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
      }
    });
  }
}
offer(document);
