// The conversation without its looks: storage, HTTP with retries, and an outbox that has one
// message in flight at a time.
import { WORDS } from "./words.js";

const TIMEOUT = 30000;
const BACKOFF = [1000, 2000, 4000]; // waits before the second, third and fourth attempt
const RENEWALS = 3; // new conversations in a row before a 401/404 is reported instead

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

// crypto.randomUUID exists on secure pages only; the widget also runs on plain-http intranets.
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

// A failed request; status 0 means that no usable answer came at all.
class Problem extends Error {
  constructor(status, body) {
    const { network, busy, server, other } = WORDS.errors;
    const fallback = status === 0 ? network : status === 429 ? busy : status >= 500 ? server : other;
    const detail = body && typeof body.detail === "string" && body.detail ? body.detail : fallback;
    super(detail);
    this.status = status;
    this.code = body && typeof body.code === "string" ? body.code : "";
    this.detail = detail;
    this.passing = status === 0 || status >= 500; // worth another attempt with the same id
    this.gone = status === 401 || status === 404; // the token is no longer valid
  }
}

// localStorage under one key, or memory where storage is blocked or full.
class Store {
  constructor(key) {
    this.key = key;
    this.memory = {};
    this.blocked = false;
  }

  read() {
    if (this.blocked) return this.memory;
    try {
      this.memory = JSON.parse(localStorage.getItem(this.key) || "{}") || {};
    } catch (error) {
      this.blocked = !(error instanceof SyntaxError);
    }
    return this.memory;
  }

  update(change) {
    this.memory = { ...this.read(), ...change };
    if (this.blocked) return;
    try {
      localStorage.setItem(this.key, JSON.stringify(this.memory));
    } catch (error) {
      this.blocked = true;
    }
  }
}

export class Client {
  // on: messages(added, {history}), changed(), renewed({button}), retrying(), failed(entry)
  constructor(api, on) {
    this.base = `${api}/api/v1`;
    this.on = on;
    this.store = new Store(`service-desk:${api}`);
    const { token, conversation } = this.store.read();
    this.token = typeof token === "string" ? token : null;
    this.conversation = conversation || null;
    this.outbox = this.storedOutbox().sort((a, b) => (a.at < b.at ? -1 : 1));
    this.current = null; // the outbox entry in flight
    this.starting = null; // promise of a usable conversation
    this.started = false;
    this.problem = null; // why the conversation could not be started
    this.unreachable = false;
    this.renewals = 0;
    this.lost = null; // set while a dropped conversation has not been replaced yet
    this.reset();
  }

  reset() {
    this.last = 0; // everything up to this seq has been fetched
    this.known = new Map(); // seq -> message
  }

  get busy() {
    return this.current !== null;
  }

  // One request, attempted again after network failures and 5xx as often as `retries` says.
  async request(method, path, { body, token, retries = 0 } = {}) {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.attempt(method, path, body, token);
      } catch (problem) {
        if (!problem.passing || attempt >= retries) throw problem;
      }
      this.on.retrying();
      await wait(BACKOFF[Math.min(attempt, BACKOFF.length - 1)] + Math.random() * 300);
    }
  }

  async attempt(method, path, body, token) {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), TIMEOUT);
    const headers = { Accept: "application/json" };
    if (body) headers["Content-Type"] = "application/json";
    if (token) headers.Authorization = `Bearer ${token}`;
    let response;
    let data = null;
    try {
      response = await fetch(this.base + path, {
        method, headers, body: body && JSON.stringify(body),
        credentials: "omit", cache: "no-store", signal: abort.signal,
      });
      data = await response.json();
    } catch (error) {
      // No answer, or an answer that is not JSON: a success without its content is no success.
      if (!response || response.ok) {
        this.reachable(false);
        throw new Problem(0);
      }
    } finally {
      clearTimeout(timer);
    }
    this.reachable(true);
    if (!response.ok) throw new Problem(response.status, data);
    return data || {};
  }

  reachable(yes) {
    if (this.unreachable === !yes) return;
    this.unreachable = !yes;
    this.on.changed();
  }

  // A conversation with its history; concurrent callers share one start, a failed one may be repeated.
  ready() {
    if (!this.starting) {
      this.problem = null;
      const starting = this.begin().then(
        () => { this.started = true; },
        (problem) => {
          if (this.starting === starting) this.starting = null;
          this.problem = problem;
          throw problem;
        },
      ).finally(() => this.on.changed());
      this.starting = starting;
      this.started = false;
      this.on.changed();
    }
    return this.starting;
  }

  async begin() {
    while (this.token) {
      const token = this.token;
      try {
        const data = await this.request("GET", "/messages?after=0", { token, retries: 1 });
        this.replace(data.messages, true);
        return;
      } catch (problem) {
        if (!problem.gone) throw problem;
        this.drop(token);
      }
    }
    const data = await this.request("POST", "/conversations", { body: {}, retries: 1 });
    if (typeof data.token !== "string") throw new Problem(500);
    this.token = data.token;
    this.conversation = data.conversation;
    this.store.update({ token: data.token, conversation: data.conversation });
    this.replace(data.messages, false);
  }

  replace(messages, history) {
    this.reset();
    if (this.lost) this.on.renewed(this.lost);
    this.lost = null;
    this.accept(messages, { history });
  }

  // Forget a token the server no longer knows. Another tab may already have a newer one.
  drop(token) {
    if (this.token !== token) return false;
    const saved = this.store.read();
    const newer = saved.token && saved.token !== token;
    this.token = newer ? saved.token : null;
    this.conversation = newer ? saved.conversation : null;
    if (!newer) this.store.update({ token: null, conversation: null });
    // A button belongs to the conversation that offered it; a typed text is still worth sending.
    const buttons = this.outbox.filter((entry) => entry.button);
    buttons.forEach((entry) => this.remove(entry));
    this.lost = { button: buttons.length > 0 };
    this.renewals += 1;
    return true;
  }

  // path and body are asked for anew after a renewal; a body that has become null is not sent.
  async authorized(method, path, { body = () => undefined, retries } = {}) {
    for (;;) {
      await this.ready();
      const { token } = this;
      const content = body();
      if (content === null) throw new Problem(404);
      try {
        const data = await this.request(method, path(), { body: content, token, retries });
        this.renewals = 0;
        return data;
      } catch (problem) {
        if (!problem.gone || this.renewals >= RENEWALS) throw problem;
        if (this.drop(token)) this.starting = null;
      }
    }
  }

  // Fetch what came since; quiet when that fails, the next poll will tell.
  async sync() {
    try {
      const data = await this.authorized("GET", () => `/messages?after=${this.last}`);
      this.accept(data.messages);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
    }
  }

  accept(messages, { history = false, advance = true } = {}) {
    const added = (Array.isArray(messages) ? messages : [])
      .filter((message) => message && Number.isFinite(message.seq) && !this.known.has(message.seq))
      .sort((a, b) => a.seq - b.seq);
    for (const message of added) {
      this.known.set(message.seq, message);
      if (advance) this.last = Math.max(this.last, message.seq);
    }
    // An entry whose answer got lost on the way may turn up in the history after all.
    this.outbox.filter((entry) => entry !== this.current && this.answered(entry))
      .forEach((entry) => this.remove(entry));
    this.on.messages(added, { history });
    this.on.changed();
  }

  answered(entry) {
    if (!entry.conversation || entry.conversation !== this.conversation) return false;
    const all = [...this.known.values()];
    const own = all.find((m) => m.author === "visitor" && m.seq > entry.after && m.text === entry.text);
    return Boolean(own) && all.some((m) => m.author !== "visitor" && m.seq > own.seq);
  }

  send(text, button) {
    const { last, conversation } = this;
    const entry = { id: uuid(), text, at: new Date().toISOString(), after: last, conversation };
    if (button) entry.button = button;
    this.outbox.push(entry);
    this.save(entry);
    this.pump();
  }

  retry(entry) {
    entry.failed = false;
    this.save(entry);
    this.pump();
  }

  remove(entry) {
    this.outbox = this.outbox.filter((other) => other !== entry);
    this.store.update({ outbox: this.storedOutbox().filter((other) => other.id !== entry.id) });
    this.on.changed();
  }

  storedOutbox() {
    const { outbox } = this.store.read();
    return (Array.isArray(outbox) ? outbox : [])
      .filter((entry) => entry && typeof entry.id === "string" && typeof entry.text === "string");
  }

  // Entry by entry, so that tabs do not overwrite each other's outbox.
  save(entry) {
    this.store.update({ outbox: [...this.storedOutbox().filter((other) => other.id !== entry.id), entry] });
    this.on.changed();
  }

  async pump() {
    while (!this.current) {
      const entry = this.outbox.find((waiting) => !waiting.failed);
      if (!entry) return;
      this.current = entry;
      this.on.changed();
      try {
        await this.deliver(entry);
      } catch (problem) {
        this.fail(entry, problem);
      } finally {
        this.current = null;
        this.on.changed();
      }
    }
  }

  async deliver(entry) {
    const { id, text, button } = entry;
    const body = () => (!this.outbox.includes(entry) ? null : button ? { id, button } : { id, text });
    const data = await this.authorized("POST", () => "/messages", { body, retries: BACKOFF.length });
    const messages = Array.isArray(data.messages) ? data.messages : [];
    // Something may have come between the last poll and this answer; fetch it before moving on.
    const { token } = this;
    const gap = messages.length > 0 && Math.min(...messages.map((message) => message.seq)) > this.last + 1;
    if (gap) await this.sync();
    this.current = null;
    this.remove(entry);
    if (this.token === token) this.accept(messages, { advance: !gap });
  }

  fail(entry, problem) {
    if (!(problem instanceof Problem)) console.error(problem);
    if (!this.outbox.includes(entry)) return; // a button of a conversation that is gone
    // What stops this one for a while stops those behind it too.
    const all = problem.passing || problem.status === 429;
    for (const other of all ? this.outbox.filter((e) => !e.failed) : [entry]) {
      other.failed = true;
      other.reason = problem.detail || WORDS.errors.other;
      this.save(other);
    }
    this.on.failed(entry);
  }
}
