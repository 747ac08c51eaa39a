package classify

import (
	"peeratlas/capture/packet"
)

// maxNames bounds each of the tables of names.
const maxNames = 200_000

// lookup is a question of a client that was answered with an address.
type lookup struct{ client, addr packet.Addr }

// names is what the traffic itself told of addresses.
type names struct {
	dns     map[lookup]Name
	clients map[packet.Addr]bool // whose clear DNS answers were seen
	flows   map[uint32]Name      // by state: what TLS or QUIC asked for, or a certificate said
	full    bool
}

func (n *names) init() {
	n.dns = map[lookup]Name{}
	n.clients = map[packet.Addr]bool{}
	n.flows = map[uint32]Name{}
}

// NameAddr notes that client was told addr for the name; the first answer's time stands, since
// the question is whether a name was known before contact.
func (o *Observation) NameAddr(client, addr packet.Addr, name string) {
	n := &o.classifier.names
	n.clients[client] = true
	k := lookup{client, addr}
	old, known := n.dns[k]
	switch {
	case known:
		old.Text = name
		n.dns[k] = old
	case len(n.dns) < maxNames:
		n.dns[k] = Name{Text: name, Source: FromDNS, Time: o.Time}
	default:
		n.full = true
	}
}

// NameFlow notes what the flow's responder was called inside the flow. A name that the client
// asked for is better than one in a certificate.
func (o *Observation) NameFlow(name string, source NameSource) {
	n := &o.classifier.names
	if old, known := n.flows[o.Flow.State]; known && old.Source <= source {
		return
	}
	if len(n.flows) < maxNames {
		n.flows[o.Flow.State] = Name{Text: name, Source: source, Time: o.Time}
	} else {
		n.full = true
	}
}
