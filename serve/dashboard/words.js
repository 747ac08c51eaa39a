// Elements and words. Whatever comes from the server becomes text: nothing here takes markup.
const byID = (id) => document.getElementById(id);

// clean shows what would not show, or would turn the text around, as its number.
const clean = (text) => String(text ?? '').replace(/[\p{C}\u2028\u2029]/gu, (c) => '\\u{' + c.codePointAt(0).toString(16) + '}');

// el makes an element; attributes that are undefined are left out, children that are no nodes are text.
const el = (name, attributes, ...children) => {
  const e = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value !== undefined && value !== false) e.setAttribute(key, value === true ? '' : value);
  }
  e.append(...children.flat(Infinity).filter((c) => c !== undefined && c !== null && c !== '').map((c) => (c instanceof Node ? c : clean(c))));
  return e;
};

const small = (...children) => el('small', null, ...children);
const tag = (word) => el('span', {class: 'tag ' + (/^[a-z0-9]+$/.test(word) ? word : '')}, word);
const lines = (list) => list.flatMap((x, i) => (i ? [el('br'), x] : [x]));

const grouped = (n) => Number(n).toLocaleString('en');
const dash = (n) => (n ? grouped(n) : '-');
const counted = (n, one, many) => (n === 1 ? '1 ' + one : grouped(n) + ' ' + many);

// octets writes n in decimal multiples, as the report does.
const octets = (n) => {
  if (n < 1000) return n + ' B';
  let unit = 0;
  for (; n >= 999.5 && unit < 6; unit++) n /= 1000;
  return n.toFixed(n >= 99.95 ? 0 : 1) + ' ' + ['', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'][unit];
};

const signed = (bits) => (Math.abs(bits) < 0.05 ? '0.0' : (bits > 0 ? '+' : '') + bits.toFixed(1));
const chance = (p) => (p > 0.9999 ? 'over 0.9999' : p < 0.0001 ? 'under 0.0001' : p.toFixed(4));
const when = (time) => (time ? time.slice(0, 10) + ' ' + time.slice(11, 19) : '');
const span = (first, last) => lines(when(first) === when(last) ? [when(first)] : [when(first), when(last)]);
const both = (a, b, key) => a[key] + b[key];
const shares = (list) => (list || []).slice(0, 3).map((s) => s.family).join(', ');
const packetWords = (list) => (!list || !list.length ? '' : ' (packet' + (list.length > 1 ? 's ' : ' ') + list.slice(0, 8).join(', ') + (list.length > 8 ? ', ...' : '') + ')');

const addressTerm = (a) => (a.includes(':') ? 'ipv6' : 'ip') + '.addr == ' + a;
const socketFilter = (host, proto, port) => addressTerm(host) + ' && ' + proto + '.port == ' + port;

// filterLine is a Wireshark filter with a button that copies it.
const filterLine = (text) => {
  const button = el('button', {type: 'button', class: 'copy', hidden: true}, 'Copy');
  const line = el('p', {class: 'filter'}, el('span', null, 'Wireshark'), el('code', null, text), button);
  makeCopy(button);
  return line;
};
