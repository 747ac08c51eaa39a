package classify

import (
	"testing"

	"peeratlas/capture/packet"
)

// TestCrashers lists payloads on which a detector once panicked, in a conversation of their own
// and as an answer.
func TestCrashers(t *testing.T) {
	for _, row := range []struct {
		name      string
		transport packet.Protocol
		port      uint16
		payload   string
	}{
		{"minecraft: a version of five octets in a handshake of six", packet.TCP, 3784, "\x06\x00\xff\xff\xff\x80\x11"},
		{"minecraft: a version of four", packet.TCP, 25565, "\x06\x00\xff\xff\xff\x01\x11"},
		{"minecraft: nothing but a version", packet.TCP, 25565, "\x06\x00\xff\xff\xff\xff\xff"},
	} {
		t.Run(row.name, func(t *testing.T) {
			for dir := range 2 {
				k := newTalk(row.transport, [2]uint16{40000, row.port})
				k.say(dir, []byte(row.payload))
				k.say(1-dir, []byte(row.payload))
				if got := k.claims()["clear"]; got != 0 {
					t.Errorf("it is taken for a protocol in clear")
				}
			}
		})
	}
}
