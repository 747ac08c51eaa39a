package view

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"peeratlas/report"
)

// Places of the panes, in the order of their keys.
const (
	paneCountries = iota
	paneHosts
	paneNewest
	panePeers
	paneCapture
	numPanes
)

var paneNames = [numPanes]string{"Countries", "Hosts", "Newest", "Peers", "Capture"}

// model is all that the screen shows. The program's loop alone touches it.
type model struct {
	options   Options
	inbox     *inbox
	palette   *palette
	width     int
	height    int
	shown     *report.Look // that the tables show
	latest    *report.Look // that the head shows: a newer one, while the tables pause
	tracker   tracker
	waiting   int
	sightings *sightings
	missed    uint64 // news that nobody could keep

	countries countries
	hosts     hosts
	peers     peers
	newest    newest
	panes     [numPanes]*pane // the last is nil: it is text
	stale     [numPanes]bool  // whose rows are to be picked anew
	focus     int
	alone     bool // the pane in focus has the screen for itself

	filter   filter
	typing   bool
	typed    string // the filter as it is typed
	before   filter // that esc brings back
	paused   bool
	pausedAt time.Time
	arrived  time.Time // when the latest look came
	page     *page     // opened over the panes; nil is none
	scrolled int       // of the pane Capture
	flash    string
	quit     bool
}

// Messages.
type (
	looked struct{} // there is something in the inbox
	tick   time.Time
)

func newModel(o Options, b *inbox) *model {
	m := &model{options: o, inbox: b, palette: newPalette(glyphsFor(o.Environ)), sightings: newSightings(o.MaxFlows)}
	m.panes = [numPanes]*pane{paneCountries: newPane(&m.countries), paneHosts: newPane(&m.hosts),
		paneNewest: newPane(&m.newest), panePeers: newPane(&m.peers)}
	return m
}

// Init starts the clock of the head.
func (m *model) Init() tea.Cmd { return m.ticking() }

func (m *model) ticking() tea.Cmd {
	return tea.Tick(time.Second, func(t time.Time) tea.Msg { return tick(t) })
}

// Update takes what happened.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.resize(msg.Width, msg.Height)
	case looked:
		m.look()
	case tick:
		return m, m.ticking()
	case tea.PasteMsg:
		if m.typing {
			m.insert(msg.Content)
		}
	case tea.KeyPressMsg:
		m.flash = ""
		return m, m.key(msg.Key())
	}
	return m, nil
}

// View draws the screen.
func (m *model) View() tea.View {
	v := tea.NewView(m.screen())
	v.AltScreen = true
	v.WindowTitle = m.palette.glyphs.fit(m.options.Program, 60)
	return v
}

func (m *model) resize(width, height int) {
	m.width, m.height = max(width, 0), max(height, 0)
	for _, p := range m.panes {
		if p != nil {
			p.widest = nil
		}
	}
	if m.page != nil {
		m.page.lines = nil
	}
}

// look takes the newest look: the head shows it at once, the tables unless they pause.
func (m *model) look() {
	before := m.latest
	if m.latest, m.tracker, m.waiting = m.inbox.peek(); m.latest != before {
		m.arrived = m.now() // a capture that is replayed has a time of its own
	}
	if m.paused {
		return
	}
	l, news, missed := m.inbox.take()
	if l == nil {
		return
	}
	m.waiting = 0
	m.missed += missed
	m.shown = l
	m.sightings.add(news)
	m.countries.set(l)
	m.hosts.set(l)
	m.peers.set(l)
	m.newest.set(m.sightings.list, l)
	m.spoil()
	if m.page != nil {
		m.page.lines = nil
	}
}

// spoil has the rows of all panes picked anew before they are drawn next.
func (m *model) spoil() {
	for i := range m.stale {
		m.stale[i] = true
	}
}

// fresh picks the rows of a pane if they are stale.
func (m *model) fresh(which int) *pane {
	p := m.panes[which]
	if m.stale[which] && p != nil {
		m.stale[which] = false
		p.arrange(m.passes(which))
	}
	return p
}

// passes tells which rows of a pane the filter lets through; nil is all. Countries and hosts that
// have no such column are judged by their peers: those with a peer that passes.
func (m *model) passes(which int) func(i int) bool {
	if m.filter.empty() {
		return nil
	}
	t := m.panes[which].table
	var own, others []*clause
	for i := range m.filter.clauses {
		x := &m.filter.clauses[i]
		known := x.key == "" || t.len() > 0 && t.field(0, x.key, func(string) bool { return false })
		if known {
			own = append(own, x)
		} else if m.peers.len() > 0 && m.peers.field(0, x.key, func(string) bool { return false }) {
			others = append(others, x)
		}
	}
	joined := m.join(which, others)
	return func(i int) bool {
		for _, x := range own {
			if holds, _ := x.holds(t, i); !holds {
				return false
			}
		}
		return joined == nil || joined[t.id(i)]
	}
}

// join is the set of countries or hosts with a peer of which all terms hold; nil is all.
func (m *model) join(which int, terms []*clause) map[any]bool {
	if len(terms) == 0 || which != paneCountries && which != paneHosts {
		return nil
	}
	set := map[any]bool{}
	for i := range m.peers.rows {
		if slices.ContainsFunc(terms, func(x *clause) bool { holds, _ := x.holds(&m.peers, i); return !holds }) {
			continue
		}
		p := &m.peers.rows[i]
		if which == paneCountries {
			set[p.Row] = true
			continue
		}
		for _, h := range p.Hosts {
			set[h] = true
		}
	}
	return set
}

// setFilter filters all panes.
func (m *model) setFilter(f filter) {
	m.filter = f
	m.spoil()
}

// now is the time that the head goes by.
func (m *model) now() time.Time { return m.options.Now() }
