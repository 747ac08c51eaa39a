// Links that lead to rows: a country, a place or a host narrows the table of peers to its own.
const narrow = (link) => {
  controls.reset();
  const wanted = link.dataset.filter || '';
  field('search').value = link.dataset.search || '';
  const place = field('place');
  if (Array.from(place.options).some((o) => o.value === wanted)) place.value = wanted;
  else field('kind').value = wanted;
  setTimeout(() => {
    applyFilter();
    field('peers').scrollIntoView({block: 'start'});
    field('h-peers').focus({preventScroll: true});
  });
};

if (controls && peers) {
  document.addEventListener('click', (event) => {
    const link = event.target.closest('[data-filter],[data-search]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    narrow(link);
  });
}
