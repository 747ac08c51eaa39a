package classify

import (
	"peeratlas/capture/packet"
	"peeratlas/classify/flow"
)

// flowKind is what flows of one host have in common that are no independent witnesses of each
// other: their family, or the transport and the claim that counts most for them.
type flowKind struct {
	family   family
	named    bool // the family's word, even if it is none
	protocol packet.Protocol
	claim    ClaimID
}

// kindOf is the kind of a flow of that family, given its weighed lines.
func kindOf(f *flow.Flow, word string, lines []line) flowKind {
	if word != "unknown" {
		return flowKind{family: familyOf(word), named: true}
	}
	if len(lines) == 0 {
		return flowKind{named: true}
	}
	for n := range lines { // in order of what they could count
		if lines[n].counted > 0 {
			return flowKind{protocol: f.Key.Protocol, claim: lines[n].id}
		}
	}
	return flowKind{}
}

func (k flowKind) String() string {
	switch {
	case k.named && k.family == 0:
		return "unknown"
	case k.named:
		return k.family.String()
	case k.claim != noClaim:
		return transportWord(k.protocol) + " " + weights[k.claim].name
	}
	return ""
}

// note is what the judgement of hosts asks of a flow that is likely at least.
type note struct {
	odds    float64
	flow    int32
	kind    flowKind
	relayed bool
}

// Note keeps of flow i's verdict what Hosts asks of it, which else judges the flow once more.
// Flows may be noted in order only, once each, and by one goroutine.
func (j *Judge) Note(i int, v *Verdict) {
	if v.Judgement >= Likely && (len(j.notes) == 0 || int(j.notes[len(j.notes)-1].flow) < i) {
		j.notes = append(j.notes, note{v.odds, int32(i), v.kind, v.Path == Relayed})
	}
}

// noteOf is the note of flow i, and those that come behind it in notes. What was not noted is
// reckoned.
func (j *Judge) noteOf(i int, notes []note) (note, []note) {
	for len(notes) > 0 && int(notes[0].flow) < i {
		notes = notes[1:]
	}
	if len(notes) > 0 && int(notes[0].flow) == i {
		return notes[0], notes[1:]
	}
	return j.reckon(i), notes
}

// reckon is the note of flow i, from its lines.
func (j *Judge) reckon(i int) note {
	lines, f := j.lines(i), j.flows[i]
	odds := weigh(lines)
	return note{odds, int32(i), kindOf(f, j.family(i, lines), lines), path(f, lines) == Relayed}
}
