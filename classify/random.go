package classify

import "math"

// Statistics of payloads that should look like noise if they are encrypted.
//
// A fixed cut on entropy is wrong for packets: uniformly random octets reach only 4.2 bits an
// octet over 18 octets and 7.2 over 256. All tests here scale with the sample's length.

// popcountFits tells whether set bits out of n octets are within three standard deviations of
// a fair coin's: mean 4n, variance 2n.
func popcountFits(ones, n int) bool {
	d := float64(ones - 4*n)
	return n >= 8 && d*d <= 9*2*float64(n)
}

// nibbleChi2 is the chi-squared statistic of p's 2*len(p) nibbles against the uniform: 15
// degrees of freedom, mean 15. It is meaningful from 40 octets on (expected count 5).
func nibbleChi2(p []byte) float64 {
	var count [16]int
	for _, b := range p {
		count[b>>4]++
		count[b&15]++
	}
	e := float64(2*len(p)) / 16
	sum := 0.0
	for _, c := range count {
		d := float64(c) - e
		sum += d * d
	}
	return sum / e
}

// chi2Random is the 99.9 % quantile of chi-squared with 15 degrees of freedom.
const chi2Random = 37.7

// entropyLow[i] is a length n and the 1 % quantile of the Shannon entropy, in bits an octet,
// of n uniformly random octets (simulated).
var entropyLow = [...]struct{ n, h float64 }{
	{11, 3.10}, {18, 3.84}, {28, 4.50}, {64, 5.57}, {128, 6.39}, {256, 7.04}, {512, 7.52}, {1024, 7.77},
}

// entropyFloor is the 1 % quantile of the entropy of n random octets, linear in log n between
// the simulated lengths.
func entropyFloor(n int) float64 {
	x := float64(n)
	if x <= entropyLow[0].n {
		return entropyLow[0].h * x / entropyLow[0].n * 0.9
	}
	for i := 1; i < len(entropyLow); i++ {
		a, b := entropyLow[i-1], entropyLow[i]
		if x <= b.n {
			return a.h + (b.h-a.h)*math.Log(x/a.n)/math.Log(b.n/a.n)
		}
	}
	return entropyLow[len(entropyLow)-1].h
}

// entropy is the Shannon entropy of p in bits an octet.
func entropy(p []byte) float64 {
	var count [256]int
	for _, b := range p {
		count[b]++
	}
	h := 0.0
	for _, c := range count {
		if c > 0 {
			f := float64(c) / float64(len(p))
			h -= f * math.Log2(f)
		}
	}
	return h
}

// noise tells whether p passes for uniformly random octets. It wants at least 14 octets;
// short samples pass easily, so a caller weighs several packets. Printable text never passes.
func noise(p []byte) bool {
	p = p[:min(len(p), statOctets)]
	if len(p) < 14 || !popcountFits(onesCount(p), len(p)) || printableShare(p) > 0.65 {
		return false
	}
	if len(p) >= 40 && nibbleChi2(p) > chi2Random {
		return false
	}
	return entropy(p) >= entropyFloor(len(p))
}

// structured tells whether p is surely not random: its statistics are far outside what one
// random payload in a thousand shows. Between noise and structured lies doubt, which claims
// nothing.
func structured(p []byte) bool {
	p = p[:min(len(p), statOctets)]
	if len(p) < 24 {
		return false
	}
	d := float64(onesCount(p) - 4*len(p))
	if d*d > 36*2*float64(len(p)) || printableShare(p) > 0.75 {
		return true
	}
	if len(p) >= 40 && nibbleChi2(p) > 2*chi2Random {
		return true
	}
	return entropy(p) < entropyFloor(len(p))*0.9
}

// printableShare is the part of p that is printable ASCII; of random octets it is 0.37.
func printableShare(p []byte) float64 {
	n := 0
	for _, b := range p {
		if b >= 0x20 && b < 0x7f {
			n++
		}
	}
	return float64(n) / float64(len(p))
}
