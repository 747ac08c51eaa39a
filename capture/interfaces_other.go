//go:build !linux

package capture

import "peeratlas/capture/packet"

// describe adds what net.Interfaces does not tell: an address of six octets is Ethernet's.
func describe(list []Interface) error {
	for n := range list {
		if i := &list[n]; len(i.MAC) == len(packet.MAC{}) {
			i.Link, i.LinkType = "Ethernet", packet.LinkEthernet
		}
	}
	return nil
}
