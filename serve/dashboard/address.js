// What is shown is in the address: a saved link shows it again, and so does the way back.
const keys = ['since', 'until', 'sensor', 'country', 'host', 'socket', 'flow', 'start'];
const ranges = [['1h', 'last hour'], ['24h', '24 hours'], ['168h', '7 days'], ['all', 'all']];

const readAddress = () => {
  const given = new URLSearchParams(location.hash.slice(1));
  const place = {};
  for (const key of keys) place[key] = given.get(key) || '';
  if (!place.since && !place.until) place.since = '24h';
  return place;
};

// address is the link that leads to a place.
const address = (place) => '#' + new URLSearchParams(keys.filter((k) => place[k]).map((k) => [k, place[k]])).toString();

// within keeps time and sensor of a place, and goes elsewhere.
const within = (place, more) => address({since: place.since, until: place.until, sensor: place.sensor, ...more});

// period are the parameters of time and sensor.
const period = (place) => ({since: place.since === 'all' ? '' : place.since, until: place.until, sensor: place.sensor});

// fixed is the place with the times of now in place of how long before now.
const fixed = (place) => {
  const hours = /^(\d+)h$/.exec(place.since);
  if (!hours) return place;
  const now = new Date();
  const since = new Date(now - hours[1] * 3600e3);
  return {...place, since: since.toISOString(), until: place.until || now.toISOString()};
};

const socketOf = (text) => {
  const found = /^(udp|tcp):(\d{1,5})$/.exec(text);
  return found ? {proto: found[1], port: found[2]} : null;
};

// trail are the steps that led here, each with its link.
const trail = (place, countryName) => {
  const steps = [['All countries', {}]];
  let more = {};
  if (place.country) steps.push([countryName, (more = {...more, country: place.country})]);
  if (place.host) steps.push([place.host, (more = {...more, host: place.host})]);
  if (place.socket) steps.push([place.socket === 'any' ? 'all flows' : place.socket.replace(':', ' '), (more = {...more, socket: place.socket})]);
  if (place.flow) steps.push(['flow', {...more, flow: place.flow, start: place.start}]);
  return steps.map(([name, to], i) => el('li', null, i === steps.length - 1 ? el('span', {'aria-current': 'page'}, name) : el('a', {href: within(place, to)}, name)));
};
