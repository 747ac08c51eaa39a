// One host, one socket, one flow: each leads to the next, the last to the evidence.
const evidenceRow = (e) => el('tr', null, el('td', {class: 'n'}, signed(e.counted)), el('td', null, e.detail + packetWords(e.packets), ' ', small(e.claim)));
const evidencePart = (name, kind, list) => (list.length ? el('tbody', {class: kind}, el('tr', null, el('th', {scope: 'rowgroup', colspan: '2'}, name)), list.map(evidenceRow)) : '');

// account is the sum of evidence, as the report has it.
const account = (prior, list, probability) => {
  list = list || [];
  const sum = list.reduce((n, e) => n + e.counted, prior);
  return el('table', {class: 'bits'}, el('thead', null, el('tr', null, el('th', {scope: 'col', class: 'n'}, 'Bits'), el('th', {scope: 'col'}, 'Evidence'))),
    el('tbody', null, el('tr', null, el('td', {class: 'n'}, signed(prior)), el('td', null, 'to begin with'))),
    evidencePart('For', 'for', list.filter((e) => e.counted > 0)),
    evidencePart('Against', 'against', list.filter((e) => e.counted < 0)),
    evidencePart('Noted, not counted', '', list.filter((e) => e.counted === 0)),
    el('tfoot', null, el('tr', null, el('td', {class: 'n'}, signed(sum)), el('td', null, 'together: probability ' + chance(probability)))));
};

const reasons = (list) => el('ul', {class: 'reasons'}, (list || []).map((r) => el('li', null, el('b', null, signed(r.bits)), ' ' + clean(r.detail) + packetWords(r.packets))));

const hostDetail = (place, h) => [
  el('p', null, tag(h.verdict), ' probability ' + chance(h.probability) + ', ' + shares(h.families), ...hostName(h)),
  figures([['peers with data', grouped(both(h.p2p, h.likely, 'peers_exchanged'))], ['only probed', grouped(both(h.p2p, h.likely, 'peers_probed'))], ['countries', grouped(h.countries)],
    ['bytes out', octets(both(h.p2p, h.likely, 'bytes_out'))], ['bytes in', octets(both(h.p2p, h.likely, 'bytes_in'))]]),
  el('h3', null, 'Sockets'),
  (h.sockets || []).length ? table('Table of sockets', [
    ['Socket', (s) => el('a', {href: within(place, {country: place.country, host: h.address, socket: s.proto + ':' + s.port})}, s.proto + ' ' + s.port)],
    ['Family', (s) => s.family],
    ['Flows', (s) => grouped(s.flows), (s) => s.flows],
    ['Judged p2p', (s) => grouped(s.p2p_flows), (s) => s.p2p_flows],
    ['Peers', (s) => grouped(s.peers), (s) => s.peers],
    ['Networks', (s) => grouped(s.networks), (s) => s.networks],
    ['Answered', (s) => grouped(s.answered), (s) => s.answered],
  ], h.sockets) : el('p', null, 'No socket of it has flows judged p2p.'),
  h.more_sockets ? el('p', {class: 'more'}, 'and ' + grouped(h.more_sockets) + ' more') : '',
  el('p', null, el('a', {href: within(place, {country: place.country, host: h.address, socket: 'any'})}, 'All flows of this host')),
  el('h3', null, 'Why'),
  (h.account || []).length ? account(h.prior, h.account, h.probability) : reasons(h.reasons),
  filterLine(addressTerm(h.address)),
];

const otherEnd = (f, host) => (f.src_ip === host ? [f.dst_ip, f.dst_port, f.dst] : [f.src_ip, f.src_port, f.src]);

const flowTable = (place, list) => table('Table of flows', [
  ['Start', (f) => el('a', {href: within(place, {country: place.country, host: place.host, socket: place.socket, flow: f.community_id, start: f.start})}, when(f.start)), undefined, 't'],
  ['Peer', (f) => { const [ip, port, at] = otherEnd(f, place.host); return [ip + ' ', small('port ' + port + (at && at.country ? ', ' + nameOf(at.country) : ''))]; }],
  ['Protocol', (f) => f.proto],
  ['Verdict', (f) => [tag(f.verdict), ' ' + chance(f.probability)]],
  ['Family, path', (f) => [f.family || '', el('br'), small(f.path || '')]],
  ['Packets', (f) => grouped((f.src_packets || 0) + (f.dst_packets || 0)), (f) => (f.src_packets || 0) + (f.dst_packets || 0)],
  ['Bytes', (f) => octets((f.src_bytes || 0) + (f.dst_bytes || 0)), (f) => (f.src_bytes || 0) + (f.dst_bytes || 0)],
], list);

const socketDetail = (place, host, answer, turn) => {
  const at = socketOf(place.socket);
  const s = at && host && (host.sockets || []).find((x) => x.proto === at.proto && String(x.port) === at.port);
  const content = [];
  if (s) {
    content.push(el('p', {class: 'note'}, counted(s.flows, 'flow', 'flows') + ', ' + grouped(s.p2p_flows) + ' judged p2p; to ' + counted(s.peers, 'peer', 'peers') + ' in ' + counted(s.networks, 'network', 'networks') + '; ' + grouped(s.answered) + ' answered.'), reasons(s.reasons));
  }
  content.push(at ? filterLine(socketFilter(place.host, at.proto, at.port)) : filterLine(addressTerm(place.host)), el('h3', null, 'Flows'));
  content.push(answer.items.length ? flowTable(place, answer.items) : el('p', null, 'No flow of it was kept whole in this time.'));
  if (answer.next) {
    const button = el('button', {type: 'button'}, 'More flows');
    button.addEventListener('click', () => turn(answer.next));
    content.push(button);
  }
  return content;
};

const fact = (name, ...value) => el('div', null, el('dt', null, name), el('dd', null, ...value));
const endWords = (f, end) => { const at = f[end] || {}; return f[end + '_ip'] + ' port ' + f[end + '_port'] + (at.country ? ', ' + nameOf(at.country) : '') + (at.asn ? ', AS' + at.asn + ' ' + (at.as_org || '') : '') + (at.name ? ', ' + at.name : ''); };

const flowDetail = (place, v) => {
  const f = v.record;
  return [
    el('p', null, tag(v.verdict), ' probability ' + chance(v.probability) + (v.family ? ', ' + v.family : '') + (v.path ? ', ' + v.path : '')),
    el('dl', {class: 'facts'}, fact('Began by', endWords(f, 'src')), fact('With', endWords(f, 'dst')), fact('Protocol', f.proto), fact('From, until', when(f.start) + ' – ' + when(f.end)),
      fact('Packets', grouped(f.src_packets || 0) + ' there, ' + grouped(f.dst_packets || 0) + ' back'), fact('Bytes', octets(f.src_bytes || 0) + ' there, ' + octets(f.dst_bytes || 0) + ' back'),
      fact('Community ID', el('code', null, v.community_id))),
    el('h3', null, 'Evidence'), account(v.prior, v.evidence, v.probability), filterLine(v.filter)];
};
