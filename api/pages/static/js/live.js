// What happens at the store, as it happens; and whether we still hear it.

const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 15000;

/** Listens for ever. `on.incident(id)`, `on.status(row)`, `on.broken(first)`, `on.back(again)`; returns `retry`. */
export function listen(on) {
  let source = null;
  let waiting = null;
  let retryMs = FIRST_RETRY_MS;
  let lost = false;

  function open() {
    clearTimeout(waiting);
    source?.close();
    source = new EventSource("/v1/live");
    source.addEventListener("open", () => {
      retryMs = FIRST_RETRY_MS;
      const again = lost;
      lost = false;
      on.back(again);
    });
    source.addEventListener("incident", (e) => on.incident(JSON.parse(e.data).incident_id));
    source.addEventListener("status", (e) => on.status(JSON.parse(e.data)));
    source.addEventListener("error", broken);
  }

  function broken() {
    source.close();
    on.broken(!lost);
    lost = true;
    waiting = setTimeout(open, retryMs);
    retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
  }

  addEventListener("offline", broken);
  addEventListener("online", open);
  addEventListener("pagehide", () => source?.close());
  open();
  return open;
}
