// The bubble and the panel: puts the client's state on screen and hands input to the client.
import { Client } from "./client.js";
import { el, icon, renderEntry, renderMessage } from "./message.js";
import { WORDS } from "./words.js";

const LIMIT = 2000;
const NEAR = 1800; // from here on the counter shows
const POLL = 20000;
const SLOW = 8000; // after this the typing indicator says that it takes longer
const FULL = window.matchMedia("(max-width: 480px)"); // as in widget.css
const ICONS = {
  chat: "M4 5h16v11H9.5L5 19.5V16H4zM8 9h8M8 12.5h5",
  close: "M6 6l12 12M18 6L6 18",
  send: "M4 12h14M12 6l6 6-6 6",
};

export function start(root, options) {
  const title = options.title || WORDS.title;
  const input = el("textarea", {
    "data-testid": "input", rows: 1, maxlength: LIMIT, placeholder: WORDS.placeholder,
    "aria-label": WORDS.input, enterkeyhint: "send", autocomplete: "off",
  });
  const counter = el("span.counter", { hidden: true });
  const send = el("button.send", {
    type: "submit", "data-testid": "send", "aria-label": WORDS.send, title: WORDS.send,
  }, icon(ICONS.send));
  const form = el("form", { novalidate: true },
    el("div.entry", {}, input, send),
    el("p.hint", {}, el("span", {}, WORDS.disclaimer), counter));
  const shut = el("button.close", {
    type: "button", "data-testid": "close", "aria-label": WORDS.close, title: WORDS.close,
  }, icon(ICONS.close));
  const sent = el("div.sent");
  const pending = el("div.pending", { "aria-live": "off" });
  const typingText = el("span.typing-text");
  const typing = el("div.typing", { "data-testid": "typing", "aria-live": "off", hidden: true },
    el("span.dots", { "aria-hidden": "true" }, el("i"), el("i"), el("i")), typingText);
  const log = el("div.log", {
    "data-testid": "log", role: "log", "aria-live": "polite", "aria-label": WORDS.log, tabindex: 0,
  }, sent, pending, typing);
  const bannerText = el("span");
  const again = el("button.link", { type: "button", "data-testid": "reconnect", onclick: () => connect() }, WORDS.retry);
  const banner = el("div.banner", { "data-testid": "banner", role: "status", hidden: true }, bannerText, again);
  const status = el("p.unseen", { role: "status" });
  const heading = el("h2", { id: "title" }, title);
  const panel = el("section.panel", {
    "data-testid": "panel", id: "panel", role: "dialog", "aria-labelledby": "title", tabindex: -1, hidden: true,
  }, el("header", {}, heading, shut), banner, log, form, status);
  const bubble = el("button.bubble", {
    type: "button", "data-testid": "bubble", "aria-label": WORDS.open, "aria-haspopup": "dialog", "aria-controls": "panel", title,
  }, icon(ICONS.chat));
  root.append(el("div.widget", { lang: "zh-CN" }, bubble, panel));

  let open = false;
  let past = []; // messages of conversations before a renewal stay readable
  let slowTimer = null;
  let pageOverflow = null;
  const say = (text) => { status.textContent = text; };

  const client = new Client(options.api, {
    messages: (added, { history }) => addMessages(added, history),
    changed: () => refresh(),
    retrying: () => { if (!typing.hidden) typingText.textContent = WORDS.retrying; },
    renewed: ({ button }) => {
      past = past.concat(Array.from(sent.children));
      past.forEach((node) => node.classList.add("past"));
      const note = el("p.note.past", { "data-testid": "notice" }, button ? WORDS.renewedButton : WORDS.renewed);
      past.push(note);
      sent.append(note);
    },
    failed: (entry) => {
      say(`${WORDS.unsent}：${entry.reason}`);
      toBottom();
    },
  });

  // --- showing ---

  const toBottom = () => { log.scrollTop = log.scrollHeight; };
  const atBottom = (within) => log.scrollHeight - log.scrollTop - log.clientHeight < within;

  function addMessages(added, history) {
    if (!added.length) return;
    const follow = atBottom(120);
    if (history) log.setAttribute("aria-live", "off"); // do not read a whole history aloud
    const nodes = added.map((message) => {
      const node = renderMessage(message, { api: options.api, choose, say });
      const current = Array.from(sent.querySelectorAll(".message:not(.past)"));
      sent.insertBefore(node, current.find((other) => Number(other.dataset.seq) > message.seq) || null);
      return node;
    });
    if (history) {
      setTimeout(() => log.setAttribute("aria-live", "polite"), 1000);
      toBottom();
      return;
    }
    // A long answer is read from its beginning.
    if (follow) log.scrollTop = nodes[0].offsetTop - 12;
    if (!open && client.started && added.some((message) => message.author !== "visitor")) unread(true);
  }

  function refresh() {
    const { busy, current, outbox } = client;
    const follow = atBottom(40);
    const focused = pending.contains(root.activeElement);
    const context = { current, retry: (entry) => client.retry(entry), discard: (entry) => client.remove(entry) };
    pending.replaceChildren(...outbox.map((entry) => renderEntry(entry, context)));
    if (focused) focusInside();

    const bots = sent.querySelectorAll('.message[data-author="bot"]:not(.past)');
    const lastBot = bots[bots.length - 1];
    const waiting = outbox.some((entry) => !entry.failed);
    sent.querySelectorAll(".choice").forEach((button) => { button.disabled = waiting || !lastBot || !lastBot.contains(button); });

    const starting = client.starting !== null && !client.started;
    const show = busy || starting;
    if (show === typing.hidden) {
      clearTimeout(slowTimer);
      typing.hidden = !show;
      typingText.textContent = "";
      if (show) slowTimer = setTimeout(() => { typingText.textContent = WORDS.slow; }, SLOW);
    }
    typing.setAttribute("aria-label", busy ? WORDS.typing : WORDS.connecting);
    if (show && starting && !typingText.textContent) typingText.textContent = WORDS.connecting;
    else if (!starting && typingText.textContent === WORDS.connecting) typingText.textContent = "";

    const offline = navigator.onLine === false;
    const text = offline ? WORDS.offline
      : client.problem ? client.problem.detail || WORDS.errors.other
        : client.unreachable ? WORDS.unreachable : "";
    banner.hidden = !text;
    if (bannerText.textContent !== text) bannerText.textContent = text;
    again.hidden = offline || !client.problem;
    if (follow) toBottom(); // the banner and the indicator change the height
  }

  function unread(yes) {
    bubble.classList.toggle("unread", yes);
    bubble.setAttribute("aria-label", yes ? WORDS.openUnread : WORDS.open);
  }

  // --- input ---

  function sizeInput() {
    const { length } = input.value;
    counter.hidden = length < NEAR;
    counter.textContent = WORDS.counter(length, LIMIT);
    counter.classList.toggle("full", length >= LIMIT);
    send.disabled = !input.value.trim();
    input.style.height = "auto";
    input.style.height = `${input.scrollHeight + 2}px`; // the style sheet sets the maximum
  }

  function submit() {
    const text = input.value.trim();
    if (!text) return;
    input.value = "";
    sizeInput();
    client.send(text);
    toBottom();
  }

  function choose(button) {
    client.send(button.title || button.id, button.id);
    focusInside();
    toBottom();
  }

  // On a touch screen the input would bring up the keyboard.
  const focusInside = () => (FULL.matches ? panel : input).focus({ preventScroll: true });

  // --- opening and closing ---

  function connect() {
    client.ready().then(() => client.pump(), () => {});
  }

  function poll() {
    if (open && client.started && !client.busy && document.visibilityState === "visible") client.sync();
  }

  function fit() {
    const full = open && FULL.matches;
    if (full) panel.setAttribute("aria-modal", "true");
    else panel.removeAttribute("aria-modal");
    // The page behind a full-screen panel must not scroll.
    const page = document.documentElement.style;
    if (full && pageOverflow === null) {
      pageOverflow = page.overflow;
      page.overflow = "hidden";
    } else if (!full && pageOverflow !== null) {
      page.overflow = pageOverflow;
      pageOverflow = null;
    }
    // Keep the input above an on-screen keyboard that covers the page instead of shrinking it.
    const view = window.visualViewport;
    const covered = full && view && view.scale === 1;
    panel.style.height = covered ? `${view.height}px` : "";
    panel.style.top = covered ? `${view.offsetTop}px` : "";
  }

  function show(yes, focus) {
    if (open === yes) return;
    open = yes;
    panel.hidden = !yes;
    bubble.hidden = yes;
    fit();
    if (!yes) {
      bubble.focus();
      return;
    }
    unread(false);
    sizeInput();
    toBottom();
    if (focus) focusInside();
    if (client.started) poll();
    connect();
  }

  bubble.addEventListener("click", () => show(true, true));
  shut.addEventListener("click", () => show(false));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  input.addEventListener("input", sizeInput);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    if (!event.repeat) submit();
  });
  panel.addEventListener("keydown", (event) => {
    event.stopPropagation(); // typing must not trigger shortcuts of the host page
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Escape") show(false);
    if (event.key !== "Tab") return;
    // Tab goes round inside the panel; Escape leaves it.
    const last = send.disabled ? input : send;
    const active = root.activeElement;
    if (event.shiftKey ? active === shut || active === panel : active === last) {
      event.preventDefault();
      (event.shiftKey ? last : shut).focus();
    }
  });
  ["keyup", "keypress"].forEach((type) => panel.addEventListener(type, (event) => event.stopPropagation()));
  ["online", "offline"].forEach((type) => window.addEventListener(type, () => {
    refresh();
    if (type === "online" && open) {
      if (client.problem) connect();
      else poll();
    }
  }));
  document.addEventListener("visibilitychange", poll);
  if (FULL.addEventListener) FULL.addEventListener("change", fit);
  const { visualViewport } = window;
  if (visualViewport) ["resize", "scroll"].forEach((type) => visualViewport.addEventListener(type, fit));
  setInterval(poll, POLL);

  sizeInput();
  refresh();
  if (options.open) show(true, false);
  else if (client.outbox.some((entry) => !entry.failed)) connect(); // finish what a reload interrupted
}
