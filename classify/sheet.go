package classify

import (
	"regexp"

	"peeratlas/capture/packet"
)

// Sheet is a detector's fact sheet for people.
type Sheet struct {
	Name, Transport string
	References      []string
	Proves, Not     string
	Claims          []ClaimSheet
}

// ClaimSheet is what one claim is worth.
type ClaimSheet struct {
	ID                   ClaimID
	Claim, Group, Family string
	Bits                 float64 // as weighed
	Derived              float64 // before any calibration
	Detail               string
}

// Sheets returns the fact sheets of all detectors, and after them one of the claims that
// follow from several flows together.
func Sheets() []Sheet {
	var sheets []Sheet
	told := [numClaims]bool{}
	for _, d := range Detectors() {
		s := Sheet{Name: d.Name, Transport: "udp", References: d.References, Proves: d.Proves, Not: d.Not}
		if d.Transport == packet.TCP {
			s.Transport = "tcp"
		}
		for _, id := range d.Claims {
			told[id] = true
			s.Claims = append(s.Claims, claimSheet(id))
		}
		sheets = append(sheets, s)
	}
	rest := Sheet{
		Name: "sockets and hosts", Transport: "any",
		References: []string{"socket.go, host.go and combine.go of this package"},
		Proves:     "What the local port, the host and the address say of a flow beside its payload.",
		Not:        "Anything alone, but for a message counter that runs over many peers.",
	}
	for id := noClaim + 1; id < numClaims; id++ {
		if !told[id] && weights[id].detail != "" {
			rest.Claims = append(rest.Claims, claimSheet(id))
		}
	}
	return append(sheets, rest)
}

// value is where a detail shows one of a claim's two values.
var value = regexp.MustCompile(`\{ip\}|%#?[0-9]*(\[[12]\])?[dx]`)

func claimSheet(id ClaimID) ClaimSheet {
	w := &weights[id]
	return ClaimSheet{ID: id, Claim: w.name, Group: w.group.String(), Family: w.family, Bits: w.bits * ratios[id], Derived: w.bits, Detail: value.ReplaceAllString(w.detail, "N")}
}

// PriorBits is the log odds before any evidence.
const PriorBits = priorBits

// Claims lists every claim with its weight, in the order of the table.
func Claims() []ClaimSheet {
	var all []ClaimSheet
	for id := noClaim + 1; id < numClaims; id++ {
		if weights[id].name != "" {
			all = append(all, claimSheet(id))
		}
	}
	return all
}
