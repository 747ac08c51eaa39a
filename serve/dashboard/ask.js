// Questions to the server. A token is kept as long as the tab is, and sent to this server alone.
const tokenKey = 'peeratlas-token';
const headers = () => {
  const token = sessionStorage.getItem(tokenKey);
  return token ? {Authorization: 'Bearer ' + token} : {};
};

// Refused is an answer that is none.
class Refused extends Error {
  constructor(status, detail, retry) {
    super(detail);
    this.status = status;
    this.retry = retry; // in seconds, 0 if the server did not say
  }
}

const refusal = async (response) => {
  let detail = response.statusText;
  try {
    detail = (await response.json()).detail || detail;
  } catch { /* the words of the status must do */ }
  return new Refused(response.status, detail, Math.min(Number(response.headers.get('Retry-After')) || 0, 60));
};

// request sends one question; the answer is good.
const request = async (path, options) => {
  let response;
  try {
    response = await fetch(path, {cache: 'no-store', credentials: 'same-origin', redirect: 'error', ...options, headers: {...headers(), ...(options.headers || {})}});
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Refused(0, 'the server does not answer', 0);
  }
  if (!response.ok) throw await refusal(response);
  return response;
};

const pause = (seconds, signal) => new Promise((done, fail) => {
  const timer = setTimeout(done, seconds * 1000);
  if (signal) signal.addEventListener('abort', () => { clearTimeout(timer); fail(new DOMException('', 'AbortError')); }, {once: true});
});

// ask answers with what a path of /api/v1 says. Told to come again, it does, twice.
const ask = async (path, parameters, signal) => {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, v]) => v !== '' && v !== undefined)).toString();
  for (let tries = 0; ; tries++) {
    try {
      return await (await request('/api/v1/' + path + (query ? '?' + query : ''), {signal})).json();
    } catch (error) {
      if (!(error instanceof Refused) || !error.retry || tries === 2) throw error;
      await pause(error.retry, signal);
    }
  }
};

// readEvents calls heard with each event of a stream until that ends.
const readEvents = async (response, heard) => {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const {value, done} = await reader.read();
    if (done) return;
    const blocks = (rest + value).split('\n\n');
    rest = blocks.pop();
    for (const block of blocks) {
      const event = {};
      for (const line of block.split('\n')) {
        const at = line.indexOf(':');
        if (at > 0) event[line.slice(0, at)] = line.slice(at + 1).trim();
      }
      heard(event);
    }
  }
};

// follow is told of changes for as long as the page is open: by fetch, for EventSource sends no token.
const follow = async (heard, status) => {
  for (let last = '', wait = 3; ; wait = Math.min(wait * 2, 30)) {
    let retry = 0;
    try {
      const response = await request('/api/v1/events', {headers: last ? {'Last-Event-ID': last} : {}});
      status(true, 'live');
      wait = 1.5;
      await readEvents(response, (event) => {
        last = event.id || last;
        if (event.data) heard(event.event, JSON.parse(event.data));
      });
    } catch (error) {
      if (error.status === 401) return;
      retry = error.retry || 0;
    }
    status(false, 'not live: connecting again');
    await pause(Math.max(retry, wait));
  }
};
