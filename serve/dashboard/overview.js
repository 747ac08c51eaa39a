// The sections of the overview, each of what the server answered.
const rowLink = (place, code, name) => el('a', {href: within(place, {country: code})}, name);
const hostLink = (place, host, country) => el('a', {href: within(place, {country: country === undefined ? place.country : country, host})}, host);
const flowLink = (place, f, text) => el('a', {href: within(place, {host: f.host, flow: f.community_id, start: f.start})}, text);

const nothing = (place) => [el('p', null, 'No peer was found in this time.', place.since === 'all' ? '' : ' ',
  place.since === 'all' ? '' : el('a', {href: address({...place, since: 'all', until: ''})}, 'Look at all times'))];

const figures = (list) => el('dl', {class: 'figures'}, list.map(([name, value, more]) => el('div', null, el('dt', null, name), el('dd', null, value, more ? [' ', small(more)] : ''))));

const showFinding = (place, countries) => {
  const sum = (key, kind) => countries.reduce((n, c) => n + c[kind][key], 0);
  const rest = (key, write) => (sum(key, 'likely') ? '+' + write(sum(key, 'likely')) + ' likely' : '');
  const registered = countries.filter((c) => c.country.length === 2 && c.p2p.flows);
  fill('finding', figures([
    ['peers with data', grouped(sum('peers_exchanged', 'p2p')), rest('peers_exchanged', grouped)],
    ['only probed', grouped(sum('peers_probed', 'p2p')), rest('peers_probed', grouped)],
    ['countries', grouped(registered.length)],
    ['flows', grouped(sum('flows', 'p2p')), rest('flows', grouped)],
    ['bytes out', octets(sum('bytes_out', 'p2p')), rest('bytes_out', octets)],
    ['bytes in', octets(sum('bytes_in', 'p2p')), rest('bytes_in', octets)],
  ]));
};

const showCountries = (place, countries) => fill('countries', !countries.length ? nothing(place) : table('Table of countries', [
  ['Country', (c) => [c.country.length === 2 ? el('span', {class: 'code'}, c.country) : '', c.country.length === 2 ? ' ' : '', rowLink(place, c.country, c.name)], undefined, 'c'],
  ['Exchanged', (c) => dash(c.p2p.peers_exchanged), (c) => c.p2p.peers_exchanged],
  ['Probed', (c) => dash(c.p2p.peers_probed), (c) => c.p2p.peers_probed],
  ['Likely', (c) => dash(c.likely.peers_exchanged + c.likely.peers_probed), (c) => c.likely.peers_exchanged + c.likely.peers_probed],
  ['Hosts', (c) => dash(c.hosts), (c) => c.hosts],
  ['Bytes out', (c) => octets(both(c.p2p, c.likely, 'bytes_out')), (c) => both(c.p2p, c.likely, 'bytes_out')],
  ['Bytes in', (c) => octets(both(c.p2p, c.likely, 'bytes_in')), (c) => both(c.p2p, c.likely, 'bytes_in')],
  ['Networks', (c) => lines((c.networks || []).map((n) => 'AS' + n.asn + ' ' + clean(n.as_org)))],
  ['First, last', (c) => span(c.first, c.last), undefined, 't'],
], countries));

const hostName = (h) => (h.name ? [el('br'), small(h.name + ' (' + h.name_source + ')')] : []);

const showHosts = (place, answer) => fill('hosts', !answer.items.length ? nothing(place) : [table('Table of hosts', [
  ['Host', (h) => [hostLink(place, h.address), ...hostName(h)]],
  ['Verdict', (h) => [tag(h.verdict), ' ' + chance(h.probability), el('br'), small(shares(h.families))]],
  ['Local ports', (h) => lines((h.sockets || []).slice(0, 3).map((s) => el('a', {href: within(place, {country: place.country, host: h.address, socket: s.proto + ':' + s.port})}, s.proto + ' ' + s.port)))],
  ['Exchanged', (h) => dash(h.p2p.peers_exchanged + h.likely.peers_exchanged), (h) => h.p2p.peers_exchanged + h.likely.peers_exchanged],
  ['Probed', (h) => dash(h.p2p.peers_probed + h.likely.peers_probed), (h) => h.p2p.peers_probed + h.likely.peers_probed],
  ['Countries', (h) => dash(h.countries), (h) => h.countries],
  ['Bytes out', (h) => octets(both(h.p2p, h.likely, 'bytes_out')), (h) => both(h.p2p, h.likely, 'bytes_out')],
  ['Bytes in', (h) => octets(both(h.p2p, h.likely, 'bytes_in')), (h) => both(h.p2p, h.likely, 'bytes_in')],
  ['First, last', (h) => span(h.first, h.last), undefined, 't'],
], answer.items), more(answer.items.length, answer.total, 'hosts')]);

const peerNames = (p) => (p.name ? [el('br'), small(p.name + ' (' + p.name_source + (p.name_ech ? ', may be the outer name' : '') + ')')] : []);
const network = (p) => (p.asn ? [el('br'), small('AS' + p.asn + ' ' + p.as_org)] : []);

const peerTable = (place, answer) => [table('Table of peers', [
  ['Peer', (p) => [p.address, ...peerNames(p)]],
  ['Place', (p) => [nameOf(p.row), ...network(p)]],
  ['Contact', (p) => [tag(p.contact), p.verdict === 'likely' ? ' ' : '', p.verdict === 'likely' ? tag('likely') : '']],
  ['Family, path', (p) => [(p.families || []).join(', '), el('br'), small((p.paths || []).join(', ') + (p.hosting ? ', hosting' : ''))]],
  ['Bytes out', (p) => octets(p.bytes_out), (p) => p.bytes_out],
  ['Bytes in', (p) => octets(p.bytes_in), (p) => p.bytes_in],
  ['Flows', (p) => grouped(p.flows), (p) => p.flows],
  ['First, last', (p) => span(p.first, p.last), undefined, 't'],
  ['Hosts', (p) => [lines((p.hosts || []).slice(0, 3).map((h) => hostLink(place, h))), p.more_hosts ? small(' and ' + grouped(p.more_hosts) + ' more') : '']],
], answer.items), more(answer.items.length, answer.total, 'peers')];

const showPeers = (place, answer) => fill('peers', answer.items.length ? peerTable(place, answer) : nothing(place));

const showNewest = (place, firsts) => fill('newest', !firsts.peers.length ? el('p', null, 'Among the latest flows of this time there is no peer that was not met before.') : table('Table of newest peers', [
  ['Peer', (f) => flowLink(place, f, f.peer)],
  ['Met first', (f) => when(f.start), undefined, 't'],
  ['Place', (f) => rowLink(place, f.country, f.name)],
  ['Host', (f) => hostLink(place, f.host)],
  ['Family', (f) => f.family],
  ['Sensor', (f) => f.sensor],
], firsts.peers));

const showAlerts = (place, firsts) => {
  const list = [...firsts.hosts.map((f) => ({kind: 'first P2P host', words: [hostLink(place, f.host, ''), ' is peer-to-peer for the first time: ' + f.family + ' with ' + f.peer + ' in ' + f.name], f})),
    ...firsts.countries.map((f) => ({kind: 'first contact', words: ['The first contact with ', rowLink(place, f.country, f.name), ': ' + f.host + ' with ' + f.peer + ', ' + f.family], f}))];
  list.sort((a, b) => (a.f.start < b.f.start ? 1 : -1));
  fill('alerts', el('p', {class: 'note'}, 'The store holds no alerts. These are first contacts, derived from the flows that it keeps' + (firsts.reaches ? ', which before ' + when(firsts.reaches) + ' have gaps' : '') + ': what came before them is not known.'),
    list.length ? table('Table of first contacts', [
      ['When', (a) => flowLink(place, a.f, when(a.f.start)), undefined, 't'],
      ['What', (a) => tag(a.kind)],
      ['Words', (a) => a.words],
      ['Sensor', (a) => a.f.sensor],
    ], list.slice(0, 50)) : el('p', null, 'Nothing was met for the first time in this time.'));
};

const share = (part, whole) => (whole ? (100 * part / whole).toFixed(part && part / whole < 0.001 ? 4 : 2) + '%' : '-');

const showLoss = (place, answer) => fill('loss', !answer.sensors.length ? el('p', null, 'No sensor ran in this time.') : table('Table of sensors', [
  ['Sensor', (s) => [s.sensor, s.running ? ' ' : '', s.running ? tag('watching') : '']],
  ['Packets', (s) => grouped(s.packets), (s) => s.packets],
  ['Lost', (s) => (s.packets_dropped ? el('span', {class: 'trouble'}, grouped(s.packets_dropped)) : 'none'), (s) => s.packets_dropped],
  ['Share', (s) => share(s.packets_dropped, s.packets + s.packets_dropped), (s) => s.packets_dropped / (s.packets + s.packets_dropped || 1)],
  ['Flows', (s) => grouped(s.flows), (s) => s.flows],
  ['Let go', (s) => dash(s.flows_evicted), (s) => s.flows_evicted],
  ['Not stored', (s) => dash(s.records_not_stored), (s) => s.records_not_stored],
  ['First, last', (s) => span(s.first, s.last), undefined, 't'],
], answer.sensors), answer.warnings.length ? el('ul', {class: 'warnings'}, answer.warnings.map((w) => el('li', null, w))) : '',
answer.sensors.some((s) => s.whole_captures) ? el('p', {class: 'note'}, 'Saved captures are counted whole: their packets are not stored by time.') : '');
