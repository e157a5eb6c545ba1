// DOM of messages. Data goes into text nodes and checked links only, never through innerHTML.
import { WORDS } from "./words.js";

const ZONE = "Asia/Shanghai";
const LOCALE = "zh-CN";

// el("p.class.other", {attributes}, ...children); null children and attributes are left out.
export function el(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const node = document.createElement(tag);
  if (classes.length) node.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(key.slice(2), value); // onclick and the like
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export function icon(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

// ISO time as a Date; one without an offset is UTC. Null when it is no time.
function instant(iso) {
  if (typeof iso !== "string") return null;
  const date = new Date(/(Z|[+-]\d\d:?\d\d)$/i.test(iso) ? iso : `${iso}Z`);
  return Number.isNaN(date.getTime()) ? null : date;
}

const format = (date, options) => new Intl.DateTimeFormat(LOCALE, { timeZone: ZONE, ...options }).format(date);
const DAY = { year: "numeric", month: "long", day: "numeric" };
const TIME = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const day = (date) => format(date, DAY);
const clock = (date) => format(date, TIME);

function sentAt(iso) {
  const date = instant(iso);
  if (!date) return null;
  const today = day(date) === day(new Date());
  return time(iso, today ? clock(date) : `${format(date, { month: "long", day: "numeric" })} ${clock(date)}`);
}

// Only http(s), or a path on the API's own origin; anything else is not a link.
function safeUrl(url, api) {
  if (typeof url !== "string") return null;
  const own = new URL(api).origin;
  try {
    if (/^https?:\/\//i.test(url)) return new URL(url).href;
    const resolved = new URL(url, own);
    return url.startsWith("/") && resolved.origin === own ? resolved.href : null;
  } catch (error) {
    return null;
  }
}

const shown = (value) => value !== null && value !== undefined && value !== "";
const row = (label, ...value) => [el("dt", {}, label), el("dd", {}, ...value)];
const time = (iso, text) => el("time", { datetime: iso }, text);

function citation(item, api) {
  const { document: name, number, clause, gist, quote, status, as_of: asOf, successor } = item;
  const url = safeUrl(item.url, api);
  const title = !shown(name) ? null : url
    ? el("a.source", { href: url, target: "_blank", rel: "noopener noreferrer" }, name, el("span.unseen", {}, WORDS.newWindow))
    : el("span.source", {}, name);
  const known = Object.keys(WORDS.citationStatus).includes(status) ? status : "unverified";
  const checked = !shown(asOf) ? null : /T/.test(asOf) && instant(asOf) ? day(instant(asOf)) : asOf;
  const place = [number, clause].filter(shown).join(" ");
  return el("li.citation", { "data-status": known },
    el("p.head", {}, title),
    place ? el("p.place", {}, place) : null,
    shown(gist) ? el("p.gist", {}, gist) : null,
    shown(quote) ? el("blockquote", {}, WORDS.quote(quote)) : null,
    el("p.state", {}, el("span.tag", { "data-status": known }, WORDS.citationStatus[known]),
      known === "repealed" && shown(successor) ? el("span", {}, WORDS.replacedBy(successor)) : null,
      checked ? el("span.asof", {}, WORDS.asOf(checked)) : null));
}

function citations(items, api) {
  return el("details.citations", { "data-testid": "citations" },
    el("summary", {}, WORDS.citations(items.length)),
    el("ul", {}, ...items.map((item) => citation(item, api))));
}

// The clipboard API needs a secure page; elsewhere the old command does, or the code gets selected.
async function copy(text, source) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (error) {
    const selection = window.getSelection();
    const range = document.createRange();
    range.selectNodeContents(source);
    selection.removeAllRanges();
    selection.addRange(range);
    return document.execCommand("copy");
  }
}

function receipt(code, say) {
  const number = el("strong.code", {}, code);
  const onclick = async () => {
    const word = (await copy(code, number)) ? WORDS.copied : WORDS.copyFailed;
    button.textContent = word;
    say(word);
    setTimeout(() => { button.textContent = WORDS.copy; }, 2000);
  };
  const button = el("button.copy", { type: "button", "aria-label": WORDS.copyReceipt, onclick }, WORDS.copy);
  return el("p.receipt", { "data-testid": "receipt" }, el("span", {}, `${WORDS.receipt} `, number), button);
}

function appointment(item, api) {
  const { code, starts_at: startsAt, ends_at: endsAt, place, place_is_example: example, company, status } = item;
  const page = ["booked", "held", "waiting"].includes(status) ? safeUrl(item.page, api) : null;
  const start = instant(startsAt);
  const end = instant(endsAt);
  const spans = [];
  if (start) {
    spans.push(time(startsAt, `${format(start, { ...DAY, weekday: "long" })} ${clock(start)}`));
    if (end) spans.push("–", time(endsAt, day(start) === day(end) ? clock(end) : `${day(end)} ${clock(end)}`));
  }
  const attributes = { "data-testid": "appointment", "data-status": status, "aria-label": WORDS.appointment };
  return el("section.appointment", attributes,
    el("p.label", {}, WORDS.appointmentCode),
    el("p.code", {}, shown(code) ? code : "—"),
    el("dl", {},
      ...(spans.length ? row(WORDS.appointmentTime, ...spans) : []),
      ...(shown(place) ? row(WORDS.appointmentPlace, place, " ", example ? el("span.tag", {}, WORDS.examplePlace) : null) : []),
      ...(shown(company) ? row(WORDS.appointmentCompany, company) : []),
      ...(shown(status) ? row(WORDS.appointmentState, el("strong", {}, WORDS.appointmentStatus[status] || status)) : [])),
    page ? el("p.page", {}, el("a", { href: page, target: "_blank", rel: "noopener noreferrer" },
      WORDS.appointmentPage, el("span.unseen", {}, WORDS.newWindow))) : null);
}

const bullets = (lines) => el("ul.bullets", {}, ...lines.map((line) => el("li", {}, line)));
const section = (title, ...content) => el("div.part", {}, el("p.label", {}, title), ...content);

function table({ title, unit, columns, rows, notes }) {
  return section(`${title}（${unit}）`,
    el("div.wide", { tabindex: 0 }, el("table", {},
      el("thead", {}, el("tr", {}, el("td"), ...columns.map((column) => el("th", { scope: "col" }, column)))),
      el("tbody", {}, ...rows.map((row) => el("tr", {}, el("th", { scope: "row" }, row.title),
        ...row.cells.map((cell) => el("td", {}, cell))))))),
    ...notes.map((note) => el("p.small", {}, note)));
}

// One step: its fact, what it means, and its clauses folded away.
function step(item, api) {
  return el("li", {},
    el("p", {}, el("span.soft", {}, `${item.label}：`), el("strong", {}, item.answer)),
    shown(item.finding) ? el("p", {}, item.finding) : null,
    shown(item.missing) ? el("p.small.missing", {}, item.missing) : null,
    el("ul", {}, ...item.citations.map((one) => citation(one, api))));
}

function verdict(item, api) {
  const url = safeUrl(item.url, api);
  const known = ["meets", "fails", "human"].includes(item.outcome) ? item.outcome : "human";
  return el("section.verdict", { "data-testid": "verdict", "data-outcome": known, "aria-label": item.title },
    el("p.label", {}, item.title),
    el("p.outcome", {}, item.label),
    el("p.headline", {}, item.headline),
    el("p.says", {}, item.text),
    section(WORDS.verdictFacts, el("dl", {}, ...item.steps.flatMap((one) => row(one.label, one.answer)))),
    item.table ? table(item.table) : null,
    section(WORDS.verdictNext, bullets(item.next)),
    item.changes.length ? section(WORDS.verdictChanges, bullets(item.changes)) : null,
    el("details.citations", { "data-testid": "verdict-steps" },
      el("summary", {}, WORDS.verdictSteps(item.steps.length)),
      el("ol", {}, ...item.steps.map((one) => step(one, api)))),
    el("details.citations", {},
      el("summary", {}, WORDS.verdictBasis(item.citations.length)),
      el("ul", {}, ...item.citations.map((one) => citation(one, api)))),
    el("p.small", {}, item.disclaimer),
    el("p.small", {}, WORDS.verdictCode(item.code, item.version)),
    url ? el("a.choice.download", { href: url, target: "_blank", rel: "noopener", "data-testid": "download" },
      WORDS.verdictDownload, el("span.unseen", {}, WORDS.newWindow)) : null);
}

function frame(author, state, ...children) {
  return el("article.message", { "data-testid": "message", "data-author": author, "data-state": state }, ...children);
}

// A message the server has. context: {api, choose(button), say(text)}
export function renderMessage(message, { api, choose, say }) {
  const author = Object.keys(WORDS.author).includes(message.author) ? message.author : "bot";
  const buttons = (message.buttons || []).filter((button) => button && shown(button.id)).map((button) => el("button.choice",
    { type: "button", "data-testid": "button", "data-id": button.id, onclick: () => choose(button) }, button.title || button.id));
  const items = (message.citations || []).filter(Boolean);
  const node = frame(author, "sent",
    el(author === "visitor" ? "p.who.unseen" : "p.who", {}, WORDS.author[author]),
    // A verdict's card says what its text says.
    el("div.bubble-text", { hidden: !shown(message.text) || Boolean(message.verdict) }, shown(message.text) ? message.text : ""),
    message.appointment ? appointment(message.appointment, api) : null,
    message.verdict ? verdict(message.verdict, api) : null,
    shown(message.inquiry) ? receipt(String(message.inquiry), say) : null,
    items.length ? citations(items, api) : null,
    buttons.length ? el("div.choices", { role: "group", "aria-label": WORDS.choices }, ...buttons) : null,
    el("p.meta", {}, sentAt(message.at)));
  node.dataset.seq = message.seq;
  if (typeof message.decision === "string") node.dataset.decision = message.decision;
  return node;
}

// An outbox entry. context: {current, retry(entry), discard(entry)}
export function renderEntry(entry, { current, retry, discard }) {
  const state = entry.failed ? "failed" : entry === current ? "sending" : "waiting";
  const act = (word, action, testid) => el("button.link",
    { type: "button", "data-testid": testid, onclick: () => action(entry) }, word);
  return frame("visitor", state,
    el("p.who.unseen", {}, WORDS.author.visitor),
    el("div.bubble-text", {}, entry.text),
    entry.failed
      ? el("p.meta", {}, el("span.error", {}, entry.reason ? `${WORDS.unsent}：${entry.reason}` : WORDS.unsent),
        act(WORDS.retry, retry, "retry"), act(WORDS.discard, discard, "discard"))
      : el("p.meta", {}, state === "sending" ? WORDS.sending : WORDS.waiting));
}
