package classify

import "testing"

// A calibration holds for the weights that it was made of, and within its bounds.
func TestFittedBits(t *testing.T) {
	for _, f := range fittedBits {
		id, known := claimIDs[f.claim]
		switch {
		case !known:
			t.Errorf("%s: there is no such claim; run peeratlas accuracy --fit anew", f.claim)
		case weights[id].bits != f.derived:
			t.Errorf("%s: fitted when it was derived as %v, now %v; run peeratlas accuracy --fit anew", f.claim, f.derived, weights[id].bits)
		case f.fitted*f.derived <= 0 || f.fitted/f.derived > 2:
			t.Errorf("%s: %v bits of %v", f.claim, f.fitted, f.derived)
		}
	}
}

// Reweigh and weigh are one arithmetic.
func TestReweigh(t *testing.T) {
	bits := map[ClaimID]float64{claimIceTwoWay: 17, claimIceNominated: 1, claimDTLS: -4, claimClearUDP: -4, claimRandomBoth: 4, claimRandomUDP: 0.5, claimHighPorts: 1, claimRTCP: 0}
	var lines []line
	for id, b := range bits {
		lines = append(lines, line{id: id, bits: b})
	}
	want := weigh(lines)
	terms := Terms(account(lines))
	ones := make([]float64, NumClaims)
	for i := range ones {
		ones[i] = 1
	}
	if got := Reweigh(terms, ones); got != want || len(terms) != 7 {
		t.Errorf("Reweigh %v of %d terms, weigh %v", got, len(terms), want)
	}
	// Prior; transaction 17 + half of 1; structure for 4 + half of 0.5, against -4 and half of -4; address 1.
	if by := -6.6 + 17 + 0.5 + 4 + 0.25 - 4 - 2 + 1; want < by-1e-9 || want > by+1e-9 {
		t.Errorf("weigh %v, by hand %v", want, by)
	}
	ones[claimIceTwoWay], ones[claimRandomBoth] = 0.1, 0.1
	// The random payloads change places: 0.5 whole and 0.4 halved.
	if by, got := -6.6+1.7+0.5+0.5+0.2-4-2+1, Reweigh(terms, ones); got < by-1e-9 || got > by+1e-9 {
		t.Errorf("Reweigh %v, by hand %v", got, by)
	}
}
