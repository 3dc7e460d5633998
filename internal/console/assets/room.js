// Makes the pages of the campaign room follow what happens. All of them work
// without this file: it looks again by itself, and copies a sentence.
const again = Number(document.body.dataset.again) * 1000;
const mine = (part) => part.contains(document.activeElement) && document.activeElement !== document.body;

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

// parts names what is on a page. Where a newer copy has other parts (a wave has
// come, a post is planned), the page is loaded anew, unless that would disturb.
const parts = (page) => [...page.querySelectorAll("main [id]")].map((part) => part.id).join();
const busy = () => document.activeElement !== document.body || document.querySelector("details[open]") !== null;

// An XMLHttpRequest reads a page without running anything in it.
function look() {
  if (document.hidden) return;
  const ask = new XMLHttpRequest();
  ask.responseType = "document";
  ask.timeout = 10000;
  ask.onload = () => {
    if (ask.status !== 200 || ask.response?.body?.className !== document.body.className) return;
    if (parts(ask.response) !== parts(document) && !busy()) location.reload();
    else take(ask.response);
  };
  ask.open("GET", location.href);
  ask.send();
}

if (again) {
  setInterval(look, again);
  document.addEventListener("visibilitychange", look);
}

for (const button of document.querySelectorAll("[data-copy]")) {
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
