package report

import (
	"net/netip"
	"strconv"
	"strings"

	"peeratlas/classify/flow"
)

// Ownership is what listings of sockets say of one end of a flow.
type Ownership struct {
	Covered bool    // a listing was taken on the machine of that end
	Owners  []Owner // none: no listing tells; several: it is one of them, and which is not known
	By      OwnedBy // by what it was found
	Doubt   Doubt   // why there are several
}

// OwnedBy says what row of a listing an end of a flow was found by.
type OwnedBy string

// The values of OwnedBy, the surest first.
const (
	ByConnection OwnedBy = "connection" // the row has both ends of the flow
	BySocket     OwnedBy = "socket"     // it is bound to the address and port
	ByListener   OwnedBy = "listener"   // it is bound to the port, on any address
)

// Doubt says why a socket has several owners.
type Doubt string

// The values of Doubt.
const (
	NoDoubt  Doubt = ""
	Shared   Doubt = "several processes have the socket"
	Disagree Doubt = "the listings disagree"
)

// OwnerOf tells whose an end of a flow is, as far as listings say.
type OwnerOf func(f *flow.Flow, end int) Ownership

// Same tells whether two owners are one process: listings tell of it more or less.
func (o Owner) Same(other Owner) bool {
	if o.PID != 0 && other.PID != 0 {
		return o.PID == other.PID && (o.Name == other.Name || o.Name == "" || other.Name == "")
	}
	return o.PID == other.PID && o.Name == other.Name
}

// words is the owner as "name (pid)", clean.
func (o Owner) words() string {
	name := Clean(o.Name, maxOwner)
	switch {
	case o.PID == 0:
		return name
	case name == "":
		return "pid " + strconv.Itoa(o.PID)
	}
	return name + " (" + strconv.Itoa(o.PID) + ")"
}

// Bounds of what is kept and shown of owners.
const (
	maxOwner       = 40 // columns of a name
	maxOwners      = 16 // owners of one socket or host
	maxOwnerOctets = 255
	shownOwners    = 3
	defaultSockets = 1 << 16 // of hosts, whose owners are kept
	maxPortHosts   = 1 << 12
)

// Listing tells of a listing of sockets that was joined with the flows.
type Listing struct {
	Name   string       `json:"file"`
	Hosts  []netip.Addr `json:"hosts"`  // addresses of the machine that it was taken on
	Rows   uint64       `json:"rows"`   // sockets of TCP and UDP
	Nobody uint64       `json:"nobody"` // of these, without a process
	Other  uint64       `json:"other"`  // lines of other sockets
	Unread uint64       `json:"unread"` // lines that were not understood
	// Guessed are those of Hosts, if several of one family, for whom a port that is bound to no address
	// was taken, and nobody said that it is of them.
	Guessed []netip.Addr `json:"guessed,omitempty"`
	Told    bool         `json:"-"` // somebody said whose the listing is
}

// Joined is what joining listings with flows came to. Sockets are the local ports of hosts with
// flows that are p2p or likely.
type Joined struct {
	Listings  []Listing `json:"listings"`
	Sockets   uint64    `json:"sockets"`   // of hosts that a listing was taken on
	Unowned   uint64    `json:"unowned"`   // of these, without an owner in a listing
	Doubtful  uint64    `json:"doubtful"`  // with several owners
	Elsewhere uint64    `json:"elsewhere"` // sockets of hosts that no listing was taken on
	Beyond    uint64    `json:"beyond"`    // flows whose socket is not counted for want of memory
}

// Process is an owner and what it has.
type Process struct {
	Owner
	Flows    uint64   `json:"flows"`          // p2p and likely ones
	Doubtful uint64   `json:"flows_doubtful"` // of these, flows that may be of another process
	Sockets  []string `json:"sockets"`        // as udp/24816; ports dialled from over TCP are told as tcp, once
}

// words say what joining came to.
func (j *Joined) words() string {
	text := "no host of a listing has peer-to-peer sockets"
	if j.Sockets > 0 {
		text = grouped(j.Sockets-j.Unowned) + " of " + counted(j.Sockets, "socket", "sockets") + " with an owner, " + grouped(j.Unowned) + " without"
	}
	if j.Doubtful > 0 {
		text += "; " + grouped(j.Doubtful) + " may be of several processes"
	}
	if j.Elsewhere > 0 {
		text += "; " + counted(j.Elsewhere, "socket is", "sockets are") + " of other hosts"
	}
	if j.Beyond > 0 {
		text += "; " + counted(j.Beyond, "flow was", "flows were") + " not joined for want of memory"
	}
	return text
}

// warnings say for whom listings were taken that nobody said it of.
func (j *Joined) warnings() (out []string) {
	if j == nil {
		return nil
	}
	for i := range j.Listings {
		if l := &j.Listings[i]; len(l.Guessed) > 0 {
			out = append(out, "The listing "+Clean(inputName(l.Name), 40)+" was taken for one machine with "+addressWords(l.Guessed)+": if these are several, say whose it is with --netstat-host.")
		}
	}
	return out
}

func addressWords(all []netip.Addr) string {
	var words []string
	for _, a := range all {
		words = append(words, a.String())
	}
	return list(words, shownOwners)
}

// Words tells in a sentence what joining came to; it is clean.
func (j *Joined) Words() string {
	var names []string
	for i := range j.Listings {
		l := &j.Listings[i]
		names = append(names, Clean(inputName(l.Name), 60)+" ("+counted(l.Rows, "row", "rows")+" of "+addressWords(l.Hosts)+")")
	}
	return j.words() + "; in " + list(names, shownOwners)
}

// Lines tell the same, and what is in doubt, in lines for standard error.
func (j *Joined) Lines() []string { return append([]string{j.Words()}, j.warnings()...) }

// ownerWords are owners in words, the first few; joined by or if it is but one of them.
func ownerWords(owners []Owner, between string) string {
	var words []string
	for _, o := range owners[:min(len(owners), shownOwners)] {
		words = append(words, o.words())
	}
	if n := len(owners) - shownOwners; n > 0 {
		words = append(words, grouped(uint64(n))+" more")
	}
	return strings.Join(words, between)
}

// processWords are the first processes of a host in words; a question mark stands behind one that may
// have none of its sockets.
func processWords(list []Process) string {
	var words []string
	for i := range list[:min(len(list), shownOwners)] {
		p := &list[i]
		words = append(words, p.words())
		if p.Doubtful == p.Flows {
			words[i] += "?"
		}
	}
	if n := len(list) - shownOwners; n > 0 {
		words = append(words, grouped(uint64(n))+" more")
	}
	return strings.Join(words, ", ")
}
