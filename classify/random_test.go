package classify

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// randomOctets are n octets of a generator whose seed is fixed: tests repeat exactly.
func randomOctets(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 0x5eed))
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(r.Uint32())
	}
	return p
}

// noiseOctets are randomOctets that pass for noise, as all but 1 in 100 do.
func noiseOctets(seed uint64, n int) []byte {
	for ; ; seed += 1 << 32 {
		if p := randomOctets(seed, n); n < noiseLeast || noise(p) {
			return p
		}
	}
}

func TestNoiseRejectsFewRandomPayloads(t *testing.T) {
	trials := 3000
	if testing.Short() {
		trials = 1000
	}
	r := rand.New(rand.NewPCG(1, 2))
	p := make([]byte, 1400)
	for n := noiseLeast; n <= len(p); n += 1 + n/12 {
		rejected, structures := 0, 0
		for range trials {
			for i := range p[:n] {
				p[i] = byte(r.Uint32())
			}
			if !noise(p[:n]) {
				rejected++
			}
			if structured(p[:n]) {
				structures++
			}
		}
		// 2 % is the promise to callers; the tests' own rates add up to less than 1 %.
		if share := float64(rejected) / float64(trials); share > 0.02 {
			t.Errorf("%d octets: %.2f %% of random payloads are rejected, want at most 2", n, 100*share)
		}
		if structures > trials/1000 {
			t.Errorf("%d octets: %d of %d random payloads are called structured", n, structures, trials)
		}
	}
}

// structuredSamples are payloads that are not random, of at least 700 octets.
func structuredSamples() map[string][]byte {
	text := strings.Repeat("The quick brown fox jumps over the lazy dog; 3.14159 is not a seed. ", 16)
	samples := map[string][]byte{
		"text":        []byte(text),
		"json":        []byte(strings.Repeat(`{"id":1234567,"name":"node","tags":["a","b"],"seen":1700000000},`, 16)),
		"base64":      []byte(base64.StdEncoding.EncodeToString(randomOctets(3, 700))),
		"hex":         []byte(strings.Repeat("0123456789abcdef", 60)),
		"zeros":       make([]byte, 1000),
		"ones":        bytes.Repeat([]byte{0xff}, 1000),
		"zero-padded": append(randomOctets(4, 200), make([]byte, 800)...),
		"ramp":        nil,
		"counters":    nil,
		"structs":     nil,
		"asn.1":       nil,
		"protobuf":    nil,
		"pcm":         nil,
		"mu-law":      nil,
		"utf-16":      nil,
		"bencode":     []byte(strings.Repeat("d1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz123456e1:q9:find_node1:t2:aa1:y1:qe", 10)),
	}
	r := rand.New(rand.NewPCG(5, 6))
	for i := range 1024 {
		samples["ramp"] = append(samples["ramp"], byte(i))
		samples["utf-16"] = append(samples["utf-16"], text[i%len(text)], 0)
	}
	for i := range 250 {
		samples["counters"] = binary.BigEndian.AppendUint32(samples["counters"], uint32(i*7))
		samples["structs"] = binary.LittleEndian.AppendUint16(samples["structs"], uint16(r.IntN(300)))
		samples["structs"] = binary.LittleEndian.AppendUint32(samples["structs"], math.Float32bits(float32(r.NormFloat64()*10)))
		// OBJECT IDENTIFIER, INTEGER, short strings
		samples["asn.1"] = append(samples["asn.1"], 0x30, 0x0d, 0x06, 0x03, 0x55, 0x04, byte(3+i%9), 0x0c, 0x04, 'n', byte('a'+i%26), 'm', 'e', 0x02, 0x01, byte(i))
		// varints, a length-delimited string, a fixed 32
		samples["protobuf"] = append(samples["protobuf"], 0x08, byte(i), 0x10, byte(0x80|i), 0x01, 0x1a, 0x03, byte('a'+i%26), 'b', 'c', 0x25, byte(i*3), 0, 0, 0)
	}
	for i := range 900 {
		s := 9000 * math.Sin(float64(i)/7) * (1 + 0.2*r.NormFloat64())
		samples["pcm"] = binary.LittleEndian.AppendUint16(samples["pcm"], uint16(int16(max(min(s, 32000), -32000))))
		samples["mu-law"] = append(samples["mu-law"], muLaw(int16(s/8)))
	}
	return samples
}

// muLaw encodes one sample (ITU-T G.711, section 3.2).
func muLaw(s int16) byte {
	sign, v := byte(0), int(s)
	if v < 0 {
		sign, v = 0x80, -v
	}
	v = min(v, 32635) + 132
	exponent := 7
	for mask := 0x4000; v&mask == 0 && exponent > 0; mask >>= 1 {
		exponent--
	}
	return ^(sign | byte(exponent)<<4 | byte(v>>(exponent+3)&15))
}

func TestNoiseRejectsStructure(t *testing.T) {
	for name, sample := range structuredSamples() {
		t.Run(name, func(t *testing.T) {
			for _, n := range [...]int{32, 64, 160, 512, 700} {
				if n < 160 && (name == "pcm" || name == "mu-law" || name == "structs") {
					continue // a few samples of a signal are no less random than noise
				}
				for at := 0; at+n <= len(sample) && at < 4*n; at += n {
					if name == "zero-padded" && at+n <= 200 {
						continue // that part is random
					}
					if noise(sample[at : at+n]) {
						t.Errorf("octets %d to %d pass for noise", at, at+n)
					}
				}
			}
		})
	}
}

// The heads of compressed files are structure, though what follows is not.
func TestNoiseRejectsHeadsOfFiles(t *testing.T) {
	png := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x02\x80\x00\x00\x01\xe0\x08\x02\x00\x00\x00\x2e\xa7\x94\xd2"),
		"\x00\x00\x00\x09pHYs\x00\x00\x0e\xc4\x00\x00\x0e\xc4\x01\x95\x2b\x0e\x1b\x00\x00\x20\x00IDATx\x9c"...)
	jpeg := []byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x01\x00\x48\x00\x48\x00\x00\xff\xdb\x00\x43\x00\x03\x02\x02\x02\x02\x02\x03\x02\x02\x02\x03\x03\x03\x03\x04\x06\x04\x04\x04\x04\x04\x08\x06\x06\x05\x06")
	zip := append([]byte("PK\x03\x04\x14\x00\x00\x00\x08\x00\x21\x4a\x51\x59\x6c\x1f\x0c\x53\x10\x02\x00\x00\x88\x09\x00\x00"), "\x11\x00\x1c\x00word/document.xmlUT\x09\x00\x03\x00\x00\x00\x00"...)
	for name, head := range map[string][]byte{"png": png, "jpeg": jpeg, "zip": zip} {
		if noise(head) {
			t.Errorf("the head of a %s passes for noise", name)
		}
	}
}

// What is well compressed passes: the reason why noise alone claims little. Should this test
// ever fail, the claim's bits may rise.
func TestNoiseAcceptsCompressedData(t *testing.T) {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte(base64.StdEncoding.EncodeToString(randomOctets(8, 6000)))); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	passed, all := 0, 0
	for p := b.Bytes()[256:]; len(p) >= 256; p = p[256:] {
		all++
		if noise(p[:256]) {
			passed++
		}
	}
	if passed*2 < all {
		t.Errorf("%d of %d pieces of a deflate stream pass for noise", passed, all)
	}
}

// slowEntropy is the definition, to compare with.
func slowEntropy(p []byte) float64 {
	h := 0.0
	for v := range 256 {
		if c := bytes.Count(p, []byte{byte(v)}); c > 0 {
			f := float64(c) / float64(len(p))
			h -= f * math.Log2(f)
		}
	}
	return h
}

func slowNibbleChi2(p []byte) float64 {
	var count [16]int
	for _, b := range p {
		count[b>>4]++
		count[b&15]++
	}
	e, sum := float64(2*len(p))/16, 0.0
	for _, c := range count {
		sum += (float64(c) - e) * (float64(c) - e)
	}
	return sum / e
}

// TestTally compares the statistics with their plain formulas.
func TestTally(t *testing.T) {
	for n := 1; n <= statOctets; n += 1 + n/8 {
		p := randomOctets(uint64(n), n)
		for i := range p[:n/2] {
			p[i] &= 0x1f // some values often
		}
		var h tally
		h.take(p)
		if got, want := h.entropy(), slowEntropy(p); math.Abs(got-want) > 1e-9 {
			t.Errorf("%d octets: entropy %v, want %v", n, got, want)
		}
		chi2, printable := h.chi2AndPrintable()
		if want := printableShare(p); printable != want {
			t.Errorf("%d octets: printable %v, want %v", n, printable, want)
		}
		if want := slowNibbleChi2(p); math.Abs(chi2-want) > 1e-9*want {
			t.Errorf("%d octets: chi-squared of the nibbles %v, want %v", n, chi2, want)
		}
	}
}

func TestStructuredLeavesShortSamples(t *testing.T) {
	if structured(make([]byte, 23)) {
		t.Error("23 zeros are called structured, but a sample of 24 is the least")
	}
	if !structured(make([]byte, 24)) {
		t.Error("24 zeros are not called structured")
	}
}

func FuzzNoise(f *testing.F) {
	f.Add([]byte{})
	f.Add(randomOctets(1, 40))
	f.Add(make([]byte, 2000))
	f.Fuzz(func(t *testing.T, p []byte) {
		if noise(p) && structured(p) {
			t.Error("both noise and structured")
		}
	})
}

func BenchmarkNoise(b *testing.B) {
	for _, n := range [...]int{20, 160, 1400} {
		p := noiseOctets(1, n)
		b.Run(map[int]string{20: "20", 160: "160", 1400: "1400"}[n], func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(n))
			for b.Loop() {
				if !noise(p) {
					b.Fatal("not noise")
				}
			}
		})
	}
}
