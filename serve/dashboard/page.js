// The page: what its address asks for is asked and shown, and asked again when the store has more.
let place = readAddress();
let names = new Map(); // of rows of countries
let asking = new AbortController();
const nameOf = (row) => names.get(row) || byID('m-' + row)?.dataset.name || {private: 'Private network', unknown: 'Unknown', anycast: 'Anycast networks'}[row] || clean(row);

const sections = ['finding', 'detail', 'map', 'countries', 'hosts', 'peers', 'newest', 'alerts', 'loss'];
const view = () => (place.flow ? 'flow' : place.socket && place.host ? 'socket' : place.host ? 'host' : place.country ? 'country' : 'all');
const shown = {
  all: ['finding', 'map', 'countries', 'hosts', 'newest', 'alerts', 'loss'],
  country: ['map', 'hosts', 'peers', 'newest'],
  host: ['detail', 'peers'],
  socket: ['detail'],
  flow: ['detail'],
};

// answer asks, and shows in its sections what comes, or why nothing does.
const answer = async (signal, ids, question, show) => {
  ids.forEach(busy);
  try {
    const found = await question();
    if (!signal.aborted) show(found);
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof Refused)) throw error;
    if (error.status === 401) needToken();
    for (const id of ids) refuse(id, error, () => load());
  }
};

const learnNames = (countries) => { for (const c of countries) names.set(c.country, clean(c.name)); };

const overview = async (signal) => {
  const time = period(place);
  const here = {...time, country: place.country};
  await answer(signal, ['loss'], () => ask('coverage', time, signal), (a) => { showSensors(a.sensors); showLoss(place, a); });
  await answer(signal, ['newest', 'alerts'], () => ask('firsts', {...here, limit: 25}, signal), (a) => { showNewest(place, a); showAlerts(place, a); });
  await answer(signal, ['finding', 'countries'], () => ask('countries', {...time, limit: 1000}, signal), (a) => {
    learnNames(a.items);
    showFinding(place, a.items);
    showCountries(place, a.items);
    showTrail();
  });
  await Promise.all([
    answer(signal, ['map'], () => ask('map', time, signal), (a) => showMap(place, a)),
    answer(signal, ['hosts'], () => ask('hosts', here, signal), (a) => showHosts(place, a)),
    place.country ? answer(signal, ['peers'], () => ask('peers', here, signal), (a) => showPeers(place, a)) : null,
  ]);
};

const theHost = async (signal) => {
  const found = await ask('hosts', {...period(place), host: place.host}, signal);
  return found.items.find((h) => h.address === place.host);
};

const details = {
  host: async (signal) => {
    await answer(signal, ['detail'], () => theHost(signal), (h) => fill('detail', h ? hostDetail(place, h) : nothing(place)));
    await answer(signal, ['peers'], () => ask('peers', {...period(place), host: place.host, country: place.country}, signal), (a) => showPeers(place, a));
  },
  socket: async (signal) => {
    const turn = (cursor) => answer(signal, ['detail'], async () => {
      const host = await theHost(signal);
      return [host, await ask('flows', {...period(place), host: place.host, country: place.country, ...(socketOf(place.socket) || {}), cursor, limit: 100}, signal)];
    }, ([host, a]) => fill('detail', socketDetail(place, host, a, turn)));
    await turn('');
  },
  flow: (signal) => answer(signal, ['detail'], () => ask('evidence', {community_id: place.flow, start: place.start}, signal), (a) => fill('detail', flowDetail(place, a))),
};

const heading = () => ({flow: 'Evidence of one flow', socket: place.socket === 'any' ? 'Flows of ' + place.host : 'Socket ' + place.socket.replace(':', ' ') + ' of ' + place.host, host: 'Host ' + place.host}[view()] || '');
const showTrail = () => {
  byID('trail').replaceChildren(...trail(place, nameOf(place.country)));
  byID('h-hosts').textContent = place.country ? 'Hosts with peers in ' + nameOf(place.country) : 'Hosts';
  byID('h-peers').textContent = place.country ? 'Peers in ' + nameOf(place.country) : 'Peers';
};

const showSensors = (list) => {
  const select = byID('sensor');
  const known = Array.from(select.options, (o) => o.value);
  for (const name of [place.sensor, ...list.map((s) => s.sensor)]) {
    if (name && !known.includes(name)) {
      known.push(name);
      select.append(el('option', {value: name}, name));
    }
  }
  select.value = place.sensor;
};

const showControls = () => {
  byID('ranges').replaceChildren(...ranges.map(([since, name]) => el('li', null,
    el('a', {href: address({...place, since, until: ''}), 'aria-current': place.since === since && !place.until ? 'true' : undefined}, name))));
  const moment = (text) => (/^\d{4}-\d\d-\d\dT/.test(text) ? new Date(text).toISOString().slice(0, 19) : '');
  byID('since').value = moment(place.since);
  byID('until').value = moment(place.until);
  showSensors([]);
};

// load asks all that the address wants to see.
const load = async () => {
  asking.abort();
  asking = new AbortController();
  const {signal} = asking;
  const began = performance.now();
  for (const id of sections) byID(id).hidden = !shown[view()].includes(id);
  byID('h-detail').textContent = heading();
  showTrail();
  showControls();
  try {
    await (details[view()] || overview)(signal);
  } catch (error) {
    if (error.name !== 'AbortError') throw error;
  }
  if (!signal.aborted) pace.done(performance.now() - began);
};

// pace asks again when there is more: not more often than every five seconds, nor for a tenth of the time.
const pace = {
  wanted: false, timer: 0, last: 0, least: 5000,
  done(took) { this.last = performance.now(); this.least = Math.max(5000, took * 10); },
  want() {
    if (this.timer || document.hidden) { this.wanted = true; return; }
    const rest = this.last + this.least - performance.now();
    this.timer = setTimeout(() => { this.timer = 0; this.wanted = false; load(); }, Math.max(rest, 200));
  },
};
document.addEventListener('visibilitychange', () => { if (!document.hidden && pace.wanted) pace.want(); });

const status = (on, words) => {
  byID('live').className = on ? 'on' : 'off';
  byID('live').textContent = words;
};
const heard = (name, state) => {
  byID('latest').textContent = counted(state.sensors, 'sensor', 'sensors') + (state.last ? ', latest packet ' + when(state.last) : '');
  if (name === 'change' && view() !== 'flow') pace.want();
};

const needToken = () => {
  byID('token-note').textContent = sessionStorage.getItem(tokenKey) ? 'The server does not know this token. Give that of its --token-file.' : 'The server asks for a token. This browser tab keeps it until it is closed.';
  if (byID('ask-token').hidden) {
    byID('ask-token').hidden = false;
    byID('token').focus();
  }
};
byID('ask-token').addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem(tokenKey, byID('token').value.trim());
  byID('token').value = '';
  byID('ask-token').hidden = true;
  load();
  follow(heard, status);
});

byID('time').addEventListener('submit', (event) => {
  event.preventDefault();
  const moment = (id) => (byID(id).value ? new Date(byID(id).value + 'Z').toISOString().replace('.000Z', 'Z') : '');
  const since = moment('since');
  location.hash = address({...place, since: since || (moment('until') ? 'all' : '24h'), until: moment('until')});
});
byID('sensor').addEventListener('change', () => { location.hash = address({...place, sensor: byID('sensor').value}); });
byID('link').addEventListener('click', async () => {
  const code = el('code', null, location.origin + location.pathname + address(fixed(place)));
  byID('link').after(code);
  byID('link').textContent = (await copyText(code)) ? 'Copied, with its times' : 'Select and copy';
  code.remove();
  setTimeout(() => { byID('link').textContent = 'Copy link'; }, 2000);
});
byID('skip').addEventListener('click', (event) => {
  event.preventDefault();
  byID('main').focus();
});

addEventListener('hashchange', () => {
  const before = view() + place.country;
  place = readAddress();
  for (const id of ['detail', 'peers', 'hosts']) if (before !== view() + place.country) byID(id).querySelector('.body').replaceChildren();
  load();
  const to = {all: '', country: 'h-hosts', host: 'h-detail', socket: 'h-detail', flow: 'h-detail'}[view()];
  if (to && before + place.host !== view()) {
    byID(to).focus({preventScroll: true});
    byID(to).scrollIntoView({block: 'start'});
  }
});

load();
follow(heard, status);
