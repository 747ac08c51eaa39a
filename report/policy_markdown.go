package report

import (
	"fmt"
	"strings"
)

// policy writes what a policy says: all of it but what Markdown has no room for.
func (m *markdown) policy(p *Policy) {
	if p == nil {
		return
	}
	m.para("## Policy", "**"+strings.ToUpper(p.Result)+"**: "+code(p.File)+policyName(p.Name)+", SHA-256 "+code(p.SHA256)+". "+
		counted(p.Flows, "flow was", "flows were")+" held against it, "+grouped(p.Excepted)+" excepted.")
	for _, n := range p.Notes {
		m.WriteString("- **Note**: " + markup(n) + "\n")
	}
	if len(p.Notes) > 0 {
		m.WriteByte('\n')
	}
	m.breaches("Breaches", p.Breaches, p.Beyond.BreachFlows)
	m.breaches("Warnings", p.Warnings, p.Beyond.WarningFlows)
	var rows [][]string
	for _, r := range p.Rules {
		decided := grouped(r.Flows)
		if r.Kind == "limit" {
			decided = counted(r.Flows, "host", "hosts") + " beyond it"
		}
		rows = append(rows, []string{code(r.Name), r.Kind, fmt.Sprint(r.Line), r.Action, decided})
	}
	m.para("### Rules in order")
	m.table([]string{"rule", "kind", "line:", "action", "flows decided:"}, rows)
	if len(p.Excepts) == 0 {
		return
	}
	rows = nil
	for _, x := range p.Excepts {
		rows = append(rows, []string{code(x.Name), fmt.Sprint(x.Line), code(x.Owner), code(x.Reason), x.Expires, x.State, grouped(x.Flows), grouped(x.Late)})
	}
	m.para("### Exceptions")
	m.table([]string{"exception", "line:", "owner", "reason", "last day", "state", "flows let pass:", "flows after its end:"}, rows)
}

func policyName(name string) string {
	if name == "" {
		return ""
	}
	return " (" + code(name) + ")"
}

func (m *markdown) breaches(title string, list []Breach, beyond uint64) {
	if len(list) == 0 && beyond == 0 {
		return
	}
	m.para("### " + title)
	var rows [][]string
	for i := range list[:min(len(list), markdownPeers)] {
		rows = append(rows, list[i].cells())
	}
	m.table([]string{"rule", "breaks it", "host", "peer", "what", "doubt", "family", "path", "contact", "verdict", "began",
		"flow", "flows:", "bytes sent:", "bytes received:", "first", "last", "evidence", "exceptions"}, rows)
	m.more(len(list)-markdownPeers, strings.ToLower(title))
	if beyond > 0 {
		m.para("and " + counted(beyond, "more flow", "more flows") + " for which there was no room")
	}
}

func (b *Breach) cells() []string {
	host, peer := b.Host.String(), ""
	if b.HostName != "" {
		host += " " + code(b.HostName)
	}
	if b.Peer.IsValid() {
		peer = b.Peer.String()
		if b.PeerName != "" {
			peer += " " + code(b.PeerName) + " (" + markup(b.PeerSource) + ")"
		}
		peer += ", " + markup(rowName(b.Row))
		if b.CountryBy != "" {
			peer += " (" + markup(b.CountryBy) + ")"
		}
		if b.ASN != 0 {
			peer += ", " + markup(networkName(b.ASN, b.ASOrg))
		}
	}
	var why, near []string
	for _, r := range b.Reasons {
		line := code(r.Detail) + " (" + markup(signed(r.Bits)) + " bits"
		if len(r.Packets) > 0 {
			line += ", packets " + frameList(r.Packets)
		}
		why = append(why, line+")")
	}
	for _, n := range b.Near {
		near = append(near, markup(n))
	}
	return []string{code(b.Rule) + ", line " + fmt.Sprint(b.Line), b.Side + " " + b.Addr.String(), host, peer, markup(b.Why),
		markup(strings.Join(b.Doubt, ", ")), markup(b.Family), b.Path, b.Contact, b.Verdict + " " + markup(probability(b.Probability)), b.Began,
		b.Protocol + " " + fmt.Sprint(b.HostPort) + " to " + fmt.Sprint(b.PeerPort) + "<br>" + code(b.CommunityID),
		grouped(b.Flows), grouped(b.OctetsOut), grouped(b.OctetsIn), moment(b.First), moment(b.Last),
		strings.Join(why, "<br>"), strings.Join(near, "<br>")}
}
