// Filtering of the table of peers.
const controls = document.querySelector('.controls');
const peers = document.getElementById('peer-table');
const field = (id) => document.getElementById(id);
const rows = peers ? Array.from(peers.tBodies[0].rows, (row) => ({row, kinds: ' ' + row.dataset.k + ' ', text: ''})) : [];

// applyFilter shows the rows that pass, and tells how many.
const applyFilter = () => {
  const words = field('search').value.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = [field('place').value, field('kind').value].filter(Boolean);
  let shown = 0;
  for (const entry of rows) {
    if (words.length && !entry.text) entry.text = entry.row.textContent.toLowerCase();
    const pass = wanted.every((w) => entry.kinds.includes(' ' + w + ' ')) && words.every((w) => entry.text.includes(w));
    if (entry.row.hidden === pass) entry.row.hidden = !pass;
    if (pass) shown++;
  }
  field('count').value = shown.toLocaleString('en') + ' of ' + rows.length.toLocaleString('en') + ' rows';
  for (const link of document.querySelectorAll('a.on')) link.classList.remove('on');
  for (const w of wanted) {
    for (const link of document.querySelectorAll('[data-filter="' + CSS.escape(w) + '"]')) link.classList.add('on');
  }
};

if (controls && peers) {
  controls.hidden = false;
  let timer = 0;
  field('search').addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(applyFilter, rows.length > 2000 ? 150 : 0);
  });
  field('place').addEventListener('change', applyFilter);
  field('kind').addEventListener('change', applyFilter);
  controls.addEventListener('reset', () => setTimeout(applyFilter));
  controls.addEventListener('submit', (event) => event.preventDefault());
  applyFilter();
}
