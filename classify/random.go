package classify

import "math"

// Statistics of payloads that should look like noise if they are encrypted.
//
// A fixed cut on entropy is wrong for packets: uniformly random octets reach only 4.2 bits an
// octet over 18 octets and 7.2 over 256. All tests here scale with the sample's length, so that
// together they reject less than 1 in 100 random payloads of any length from 14 octets on
// (TestNoiseRejectsFewRandomPayloads). What they cannot tell is encrypted from well compressed.

// noiseLeast is the shortest sample that noise judges, in octets.
const noiseLeast = 14

// popcountFits tells whether set bits out of n octets are within three standard deviations of
// a fair coin's: mean 4n, variance 2n.
func popcountFits(ones, n int) bool {
	d := float64(ones - 4*n)
	return n >= 8 && d*d <= 9*2*float64(n)
}

// tally is what the statistics of up to statOctets octets rest on: how often each value occurs.
// Four counts share a word, so that four are added at once.
type tally struct {
	sample []byte
	counts [256 / 4]uint64
}

// take counts the octets of p, at most statOctets.
func (s *tally) take(p []byte) {
	s.sample = p
	for _, b := range p {
		s.counts[b/4] += 1 << (b % 4 * 16)
	}
}

func (s *tally) count(b byte) uint16 { return uint16(s.counts[b/4] >> (b % 4 * 16)) }

// halves are how often each value of four bits occurs, in the upper halves and in the lower.
func (s *tally) halves() (high, low [16]uint16) {
	var columns [4]uint64
	for h := range high {
		row := (*[4]uint64)(s.counts[4*h:])
		columns[0] += row[0]
		columns[1] += row[1]
		columns[2] += row[2]
		columns[3] += row[3]
		sum := row[0] + row[1] + row[2] + row[3]
		sum += sum >> 32
		high[h] = uint16(sum) + uint16(sum>>16)
	}
	for l := range low {
		low[l] = uint16(columns[l/4] >> (l % 4 * 16))
	}
	return high, low
}

// chi2AndPrintable are the chi-squared statistic of the sample's 2n nibbles against the uniform
// (15 degrees of freedom, mean 15; meaningful from 40 octets on, where 5 are expected), and the
// part of it that is printable ASCII.
func (s *tally) chi2AndPrintable() (chi2, printable float64) {
	high, low := s.halves()
	e := float64(2*len(s.sample)) / 16
	for i := range high {
		d := float64(high[i]+low[i]) - e
		chi2 += d * d
	}
	n := high[2] + high[3] + high[4] + high[5] + high[6] + high[7] - s.count(0x7f)
	return chi2 / e, float64(n) / float64(len(s.sample))
}

// entropy is the Shannon entropy in bits an octet of a sample that is not empty: log2 n less the
// mean of log2 c over the octets, c being how often each octet's value occurs.
func (s *tally) entropy() float64 {
	n, even, odd := len(s.sample), 0.0, 0.0
	p := s.sample
	for ; len(p) >= 2; p = p[2:] { // two sums, which do not wait for each other
		even += countLog[s.count(p[0])%(statOctets+1)]
		odd += countLog[s.count(p[1])%(statOctets+1)]
	}
	if len(p) > 0 {
		even += countLog[s.count(p[0])%(statOctets+1)]
	}
	return countLog[n] - (even+odd)/float64(n)
}

// Quantiles of chi-squared with 15 degrees of freedom: 99.9 %, and 0.02 % for samples that are
// more even than chance, such as a ramp of counters.
const (
	chi2Random = 37.7
	chi2Even   = 2.6
)

// entropyRange[i] is a length n and the 0.3 % and 99.95 % quantiles of the Shannon entropy, in
// bits an octet, of n uniformly random octets (simulated with 40,000 to 400,000 samples a
// length, 2026-11). Too much entropy is a sign of counters; below 64 octets all different
// octets are no rarity.
var entropyRange = [...]struct{ n, low, high float64 }{
	{12, 3.188, 8}, {14, 3.378, 8}, {16, 3.624, 8}, {18, 3.794, 8}, {20, 3.921, 8}, {24, 4.219, 8}, {28, 4.422, 8}, {32, 4.601, 8},
	{40, 4.902, 8}, {48, 5.152, 8}, {56, 5.365, 8}, {64, 5.531, 6.00}, {80, 5.809, 6.27}, {96, 6.032, 6.47}, {128, 6.355, 6.77}, {160, 6.592, 6.98},
	{192, 6.766, 7.14}, {256, 7.025, 7.35}, {320, 7.201, 7.49}, {384, 7.328, 7.59}, {512, 7.492, 7.71}, {768, 7.670, 7.82}, {1024, 7.758, 7.87},
}

// entropyFloors and entropyCeilings bound what 997 of 1000 samples of n random octets have.
var entropyFloors, entropyCeilings = func() (floors, ceilings [statOctets + 1]float64) {
	for n := range floors {
		floors[n], ceilings[n] = entropyBounds(float64(n))
	}
	return floors, ceilings
}()

// entropyBounds interpolates entropyRange linearly in log n.
func entropyBounds(n float64) (low, high float64) {
	if n <= entropyRange[0].n {
		return entropyRange[0].low * n / entropyRange[0].n * 0.9, 8
	}
	i := 1
	for i < len(entropyRange)-1 && n > entropyRange[i].n {
		i++
	}
	a, b := entropyRange[i-1], entropyRange[i]
	f := math.Log(n/a.n) / math.Log(b.n/a.n)
	return a.low + f*(b.low-a.low), a.high + f*(b.high-a.high)
}

// countLog[c] is the binary logarithm of c, for what occurs.
var countLog = func() (logs [statOctets + 1]float64) {
	for c := 2; c < len(logs); c++ {
		logs[c] = math.Log2(float64(c))
	}
	return logs
}()

// noise tells whether p passes for uniformly random octets. It wants at least 14 octets;
// short samples pass easily, so a caller weighs several packets. Printable text never passes.
func noise(p []byte) bool {
	p = p[:min(len(p), statOctets)]
	n := len(p)
	if n < noiseLeast || !popcountFits(onesCount(p), n) {
		return false
	}
	var s tally
	if n < chi2Least {
		if printableShare(p) > printableMost[n] {
			return false
		}
		s.take(p)
	} else {
		s.take(p)
		if chi2, printable := s.chi2AndPrintable(); printable > printableMost[n] || chi2 > chi2Random || chi2 < chi2Even {
			return false
		}
	}
	e := s.entropy()
	return e >= entropyFloors[n] && e <= entropyCeilings[n]
}

// structuredLeast is the shortest sample that structured judges, in octets; chi2Least the shortest
// that both ask the nibbles of.
const (
	structuredLeast = 24
	chi2Least       = 40
)

// structured tells whether p is surely not random: its statistics are far outside what one
// random payload in a thousand shows. Between noise and structured lies doubt, which claims
// nothing.
func structured(p []byte) bool {
	p = p[:min(len(p), statOctets)]
	n := len(p)
	if n < structuredLeast {
		return false
	}
	if d := float64(onesCount(p) - 4*n); d*d > 36*2*float64(n) {
		return true
	}
	var s tally
	s.take(p)
	chi2, printable := s.chi2AndPrintable()
	return printable > 0.75 || n >= chi2Least && chi2 > 2*chi2Random || s.entropy() < entropyFloors[n]*0.9
}

// printableOctets is how many of the 256 octets are printable ASCII.
const printableOctets = 0x7f - 0x20

// printableMost[n] is how much of n random octets is printable at most: the mean, 0.37, and
// three standard deviations.
var printableMost = func() (most [statOctets + 1]float64) {
	const mean = printableOctets / 256.0
	for n := range most {
		most[n] = mean + 3*math.Sqrt(mean*(1-mean)/float64(max(n, 1)))
	}
	return most
}()

// printableShare is the part of p that is printable ASCII.
func printableShare(p []byte) float64 {
	n := 0
	for _, b := range p {
		if b >= 0x20 && b < 0x7f {
			n++
		}
	}
	return float64(n) / float64(len(p))
}
