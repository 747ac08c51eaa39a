package report

import (
	"path/filepath"
	"strings"
)

// learn notes who the hosts are, and what they are called.
func (r *Redactor) learn(s *Summary) {
	r.learnt = append(r.learnt, s.Coverage.LearntHome...)
	for i := range s.Hosts {
		r.hosts[s.Hosts[i].Addr] = true
		r.called(s.Hosts[i].Name)
	}
	for i := range s.Reported {
		r.hosts[s.Reported[i].Host] = true
	}
	for i := range s.Peers {
		for _, h := range s.Peers[i].Hosts {
			r.hosts[h] = true
		}
	}
	if s.Policy != nil {
		for _, list := range [][]Breach{s.Policy.Breaches, s.Policy.Warnings} {
			for i := range list {
				r.hosts[list[i].Host] = true
				r.called(list[i].HostName)
			}
		}
	}
	for i := range s.Peers {
		if p := &s.Peers[i]; r.hides(p.Addr) {
			r.called(p.Name)
		} else {
			r.public[p.Addr] = true
		}
	}
	for i := range s.Reported {
		if a := s.Reported[i].Addr; !r.hides(a) {
			r.public[a] = true
		}
	}
	r.folders = strings.NewReplacer(foldersOf(&s.Coverage)...)
}

// foldersOf are the paths of the inputs, each with its last part to put in its place.
func foldersOf(c *Coverage) []string {
	all := append([]string{}, c.Inputs...)
	for i := range c.Damaged {
		all = append(all, c.Damaged[i].Input)
	}
	for i := range c.Skipped {
		all = append(all, c.Skipped[i].Input)
	}
	var out []string
	for _, path := range all {
		if base := filepath.Base(path); path != "" && base != path {
			out = append(out, path, base)
		}
	}
	return out
}

// called notes a name of a host, and its first label: people call it that.
func (r *Redactor) called(name string) {
	if name = strings.ToLower(strings.TrimSuffix(name, ".")); name != "" {
		r.names[name] = true
		if first, _, found := strings.Cut(name, "."); found && first != "" {
			r.names[first] = true
		}
	}
}

// listings notes the hosts of listings, and hides where these lay.
func (r *Redactor) listings(j *Joined) {
	for i := range j.Listings {
		l := &j.Listings[i]
		l.Name = filepath.Base(l.Name)
		for _, a := range l.Hosts {
			r.hosts[a] = true
		}
	}
}

// breaches leaves out what tells of a host otherwise: who has a Community ID finds the address that
// it was made of.
func (r *Redactor) breaches(list []Breach) {
	for i := range list {
		b := &list[i]
		b.HostName, b.CommunityID = "", ""
		if r.hides(b.Peer) {
			b.PeerName, b.PeerSource = "", ""
		}
	}
}

// homeHidden are the words for the home networks without those that say where this is.
func homeHidden(words []string) []string {
	out, hidden := []string{}, uint64(0)
	for _, w := range words {
		if w == privateHome {
			out = append(out, w)
		} else {
			hidden++
		}
	}
	if hidden > 0 {
		out = append(out, counted(hidden, "network", "networks")+" not shown")
	}
	return out
}
