// Service-desk chat widget, embedded with one tag:
//   <script src="https://desk.example/static/widget.js" data-title="…" defer></script>
// Options: data-title (heading), data-api (API base, default: this script's origin), data-open="true".
// The modules in widget/ and widget.css are fetched from beside this file; served from another
// origin than the page, the modules and the API need an Access-Control-Allow-Origin header.
(() => {
  "use strict";
  const HOST = "service-desk-widget";
  const script = document.currentScript || document.querySelector('script[src*="/widget.js"]');
  if (!script || !script.src) return;
  const beside = (name) => new URL(name, script.src).href;
  const options = {
    title: script.dataset.title || "",
    api: new URL(script.dataset.api || "/", script.src).href.replace(/[?#].*$/, "").replace(/\/+$/, ""),
    open: script.dataset.open === "true",
  };

  const mount = async () => {
    if (document.querySelector(HOST)) return; // the tag was included twice
    const host = document.createElement(HOST);
    const root = host.attachShadow({ mode: "open" });
    const style = document.createElement("link");
    style.rel = "stylesheet";
    style.href = beside("widget.css");
    // Nothing shows before the style sheet is there; without it the widget is plain but usable.
    const styled = new Promise((done) => { style.onload = style.onerror = done; });
    root.append(style);
    document.documentElement.append(host); // outside <body>, whose filters and transforms would displace it
    try {
      const [{ start }] = await Promise.all([import(beside("widget/panel.js")), styled]);
      start(root, options);
    } catch (error) {
      host.remove();
      console.error("service-desk widget could not start", error);
    }
  };

  if (document.body) mount();
  else document.addEventListener("DOMContentLoaded", mount);
})();
