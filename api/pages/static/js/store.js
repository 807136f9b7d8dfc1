// The store over HTTP. A refused session leads to the door; other refusals become `StoreError`.

export class StoreError extends Error {
  constructor(status, code, detail) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

let leaving = false;

/** Go to another page, once: a second way out would break off the first. */
export function leaveFor(address) {
  if (leaving) return;
  leaving = true;
  location.assign(address);
}

async function call(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, { credentials: "same-origin", cache: "no-store", ...options });
  } catch {
    throw new StoreError(0, "unreachable", "unreachable");
  }
  const body = await answer.json().catch(() => ({}));
  if (answer.ok) return body;
  if (answer.status === 401 && path !== "/v1/login") {
    leaveFor(`/login?next=${encodeURIComponent(location.pathname)}`);
  }
  throw new StoreError(answer.status, body.error ?? String(answer.status), String(body.detail ?? answer.statusText));
}

const post = (path, body) => call(path, {
  method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
});

export const login = (name, password) => post("/v1/login", { name, password });
export const logout = () => post("/v1/logout", {});
export const me = () => call("/v1/me");
export const incidents = (query = {}) => call(`/v1/incidents?${new URLSearchParams(query)}`);
export const incident = (id) => call(`/v1/incidents/${encodeURIComponent(id)}`);
export const decide = (id, verdict) => post(`/v1/incidents/${encodeURIComponent(id)}/verdict`, verdict);
export const split = (id, reason) => post(`/v1/incidents/${encodeURIComponent(id)}/split`, { reason });
export const shelve = (id, shelf) => post(`/v1/incidents/${encodeURIComponent(id)}/shelve`, shelf);
export const unshelve = (id) => post(`/v1/incidents/${encodeURIComponent(id)}/unshelve`, {});
export const cameras = () => call("/v1/cameras");
export const devices = () => call("/v1/devices");
export const network = () => call("/v1/network");
export const evidenceUrl = (id) => `/v1/incidents/${encodeURIComponent(id)}/evidence.zip`;
