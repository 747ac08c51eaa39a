package classify

import (
	"testing"

	"peeratlas/capture/packet"
)

func TestGNUnet(t *testing.T) {
	welcome := func(seed uint64, n int) []byte { return wired(be16Octets(4+n), be16Octets(61), noiseOctets(seed, n)) }
	row := func(name string, first, answer []byte, want, never []string) meshRow {
		return meshRow{name: name, transport: packet.TCP, ports: [2]uint16{50000, 2086}, turns: []turn{{0, first, 0}, {1, answer, 0}}, want: want, never: never}
	}
	both := row("both welcome", welcome(1, 32), append(welcome(2, 32), noiseOctets(3, 200)...), []string{"gnunet.welcome", "gnunet.both"}, nil)
	both.judgement, both.path, both.family = P2P, Direct, "gnunet"
	checkMeshRows(t, []Detector{gnunet}, []meshRow{
		both,
		row("before 0.10", welcome(1, 64), welcome(2, 64), []string{"gnunet.both"}, nil),
		row("one welcomes", welcome(1, 32), noiseOctets(4, 36), []string{"gnunet.welcome"}, []string{"gnunet.both"}),
		row("other type", changed(welcome(1, 32), 3, 62), nil, nil, []string{"gnunet"}),
		row("other size", welcome(1, 33), nil, nil, []string{"gnunet"}),
		row("identity of zeros", wired(be16Octets(36), be16Octets(61), make([]byte, 32)), nil, nil, []string{"gnunet"}),
	})
}
