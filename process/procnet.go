package process

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"

	"peeratlas/capture/packet"
)

// readProcNet appends the sockets of /proc/net/tcp, tcp6, udp or udp6 (proc(5)). Lines that are not
// understood are passed over.
//
//	sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
//	 0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 12345 ...
func readProcNet(list []socket, text string, protocol packet.Protocol, space int) []socket {
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 10 || !strings.HasSuffix(f[0], ":") {
			continue
		}
		s := socket{protocol: protocol, space: space}
		var ok1, ok2 bool
		s.local, ok1 = hexEndpoint(f[1])
		s.remote, ok2 = hexEndpoint(f[2])
		uid, err1 := strconv.ParseUint(f[7], 10, 32)
		inode, err2 := strconv.ParseUint(f[9], 10, 32)
		if ok1 && ok2 && err1 == nil && err2 == nil {
			s.uid, s.inode = uint32(uid), uint32(inode)
			list = append(list, s)
		}
	}
	return list
}

// hexEndpoint reads an address that the kernel printed word by word, as its processor has it.
func hexEndpoint(s string) (netip.AddrPort, bool) {
	host, service, _ := strings.Cut(s, ":")
	port, err := strconv.ParseUint(service, 16, 16)
	octets, bad := hex.DecodeString(host)
	if err != nil || bad != nil || len(octets) != 4 && len(octets) != 16 {
		return netip.AddrPort{}, false
	}
	for i := 0; i < len(octets); i += 4 {
		binary.NativeEndian.PutUint32(octets[i:], binary.BigEndian.Uint32(octets[i:]))
	}
	addr, _ := netip.AddrFromSlice(octets)
	return netip.AddrPortFrom(addr.Unmap(), uint16(port)), true
}

// readLocal adds the addresses of a namespace: /proc/net/fib_trie, which names an address and then
// tells that it is a "host LOCAL", and /proc/net/if_inet6, which begins a line with one.
//
//	|-- 192.0.2.10
//	   /32 host LOCAL
func readLocal(own map[netip.Addr]bool, trie, inet6 string) {
	var last netip.Addr
	for line := range strings.Lines(trie) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "|-- "); ok {
			last, _ = netip.ParseAddr(name)
		} else if strings.HasSuffix(line, "host LOCAL") && last.IsValid() {
			own[last] = true
		}
	}
	for line := range strings.Lines(inet6) {
		name, _, _ := strings.Cut(line, " ")
		if octets, err := hex.DecodeString(name); err == nil && len(octets) == 16 {
			own[netip.AddrFrom16([16]byte(octets)).Unmap()] = true
		}
	}
}
