package alert

import (
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"time"

	"peeratlas/classify"
	"peeratlas/report"
)

// WatcherOptions of a Watcher. The zero value of a field means its default.
type WatcherOptions struct {
	// Memory bounds what is remembered as told: hosts, countries by network and by host, and
	// breaches. Beyond, what was met longest ago is forgotten and counted, and would be told
	// again. Default 65,536, of about 250 octets each.
	Memory int
	// NetworkOnly leaves out first contacts that are first for the host alone.
	NetworkOnly bool
	// Changes tells of hosts that are judged otherwise than was told.
	Changes bool
	// Quiet is how long no packet must be lost until the loss has ended. Default 30 s.
	Quiet time.Duration
	// GapShare is the share of acknowledgements of unseen octets from which the mirror is said to
	// lose packets. Default 0.01.
	GapShare float64
	// Breaches tells what breaks the policy in a look; nil for no policy.
	Breaches func(*report.Look) []Breach
}

func (o WatcherOptions) filled() WatcherOptions {
	if o.Memory <= 0 {
		o.Memory = 1 << 16
	}
	if o.Quiet <= 0 {
		o.Quiet = 30 * time.Second
	}
	if o.GapShare <= 0 {
		o.GapShare = 0.01
	}
	return o
}

// Watcher finds what is new in looks. Each thing is told once. One goroutine uses it.
type Watcher struct {
	options  WatcherOptions
	memory   *memory
	losses   losses
	contacts []report.Contact // of one record
	alerts   []*Alert         // of the look at hand
}

// NewWatcher returns a Watcher that was told nothing yet.
func NewWatcher(o WatcherOptions) *Watcher {
	o = o.filled()
	return &Watcher{options: o, memory: newMemory(o.Memory), losses: losses{}}
}

// Forgotten is how many things the bound of memory made it forget.
func (w *Watcher) Forgotten() uint64 { return w.memory.evicted }

// Look returns what is new in l, in the order of its flows. The alerts point into l.
func (w *Watcher) Look(l *report.Look) []*Alert {
	w.alerts = nil
	changed := map[netip.Addr]*report.Sighting{}
	for i := range l.News {
		s := &l.News[i]
		if s.Record.Verdict.Judgement == classify.P2P {
			w.sighting(l, s)
		}
		if s.News&report.Changed != 0 {
			for e, a := range s.Record.Flow.Key.Addr {
				if s.Record.Home[e] {
					changed[a.Netip()] = s
				}
			}
		}
	}
	if w.options.Changes && l.Summary != nil {
		for i := range l.Summary.Hosts {
			w.host(l, &l.Summary.Hosts[i], changed)
		}
	}
	if w.options.Breaches != nil {
		for _, b := range w.options.Breaches(l) {
			w.breach(l, b)
		}
	}
	w.loss(l)
	return w.alerts
}

func (w *Watcher) tell(a *Alert) { w.alerts = append(w.alerts, a) }

// sighting tells what a p2p flow shows for the first time: a host, a country.
func (w *Watcher) sighting(l *report.Look, s *report.Sighting) {
	w.contacts = s.Record.Contacts(w.contacts[:0])
	for _, c := range w.contacts {
		a := Alert{Time: l.Time, Record: &s.Record, Contact: c, Owner: ownerOf(s, c.Host)}
		host := a.host().String()
		if key := "host " + host; w.memory.level(key, l.Time) == levelNone {
			w.memory.set(key, levelExchanged, l.Time)
			first := a
			first.Kind, first.Severity = FirstHost, Warning
			w.tell(&first)
		}
		if isCountry(a.peerLocation()) {
			w.country(l, a, host)
		}
	}
}

// country tells a first contact with a country: first as a probe if it is one, and again when
// data is exchanged. What is first for the network is not told for the host too.
func (w *Watcher) country(l *report.Look, a Alert, host string) {
	level := uint8(levelProbed)
	if a.Contact.Exchanged {
		level = levelExchanged
	}
	code := a.peerLocation().Country
	network := w.memory.raise("country "+code, level, l.Time)
	own := w.memory.raise("country "+code+" "+host, level, l.Time)
	a.Kind = FirstCountry
	switch {
	case network:
		a.Scope, a.Severity = ScopeNetwork, Warning
	case own && !w.options.NetworkOnly:
		a.Scope, a.Severity = ScopeHost, Notice
	default:
		return
	}
	if !a.Contact.Exchanged {
		a.Severity = Info
	}
	w.tell(&a)
}

// host tells that a host is judged otherwise than was told: only if a flow of it is, for a
// summary also changes when flows are let go. After a change there and back no more is told.
func (w *Watcher) host(l *report.Look, h *report.Host, changed map[netip.Addr]*report.Sighting) {
	if changed[h.Addr] == nil {
		return
	}
	key := "host " + h.Addr.String()
	told := w.memory.level(key, l.Time)
	a := &Alert{Time: l.Time, Kind: VerdictChanged, Severity: Notice, Host: h.Addr, Before: classify.P2P.String(), After: h.Verdict}
	switch {
	case told == levelExchanged && h.Verdict == classify.Likely.String():
		w.memory.set(key, levelProbed, l.Time)
	case told == levelProbed && h.Verdict == classify.P2P.String():
		a.Before = classify.Likely.String()
		w.memory.set(key, levelSettled, l.Time)
	default:
		return
	}
	w.tell(a)
}

func (w *Watcher) breach(l *report.Look, b Breach) {
	a, key := &Alert{Time: l.Time, Kind: PolicyBreach, Severity: Critical}, "breach "
	if b.Warns { // told apart: a policy that was made stricter is breached by what it warned of before
		a.Kind, a.Severity, key = PolicyWarning, Warning, "warning "
	}
	if b.Sighting != nil {
		a.Record = &b.Sighting.Record
		if cs := a.Record.Contacts(nil); len(cs) > 0 {
			a.Contact = cs[0]
		} else {
			i := int(a.Record.Flow.Initiator & 1)
			a.Contact = report.Contact{Host: i, Peer: 1 - i}
		}
		a.Owner = ownerOf(b.Sighting, a.Contact.Host)
		if b.Subject == "" {
			b.Subject = a.host().String() + " " + a.peer().String()
		}
	}
	a.Breach = &b
	sum := sha256.New()
	for _, part := range []string{b.Rule, b.Side, b.Subject} {
		sum.Write(appendText(nil, "", part)) // quoted, so that no two triples give the same octets
	}
	if w.memory.raise(key+hex.EncodeToString(sum.Sum(nil)[:16]), levelProbed, l.Time) {
		w.tell(a)
	}
}
