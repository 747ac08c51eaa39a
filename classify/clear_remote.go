package classify

import "peeratlas/capture/packet"

// Desktops from afar over UDP. RDP opens with ff where Valve's games do, and goes on with a
// window, flags and two sizes of the path.
var clearRemoteUDP = clearDetector("remote desktops", packet.UDP, []clearRow{
	{service: "rdp-udp", opens: "\xff\xff\xff\xff", least: 16, check: rdpSyn, source: "[MS-RDPEUDP] 2.2.2.1 and 2.2.2.5"},
	{service: "udt", opens: "\x80\x00\x00\x00", least: 48, check: udtHandshake, source: "draft-gg-udt-03, section 4"},
})

// rdpSyn checks the SYN flag and both sizes, which are from 1132 to 1232.
func rdpSyn(o *Observation) bool {
	p := o.Payload
	up, down := be16(p[12:]), be16(p[14:])
	return p[7]&1 != 0 && up >= 1132 && up <= 1232 && down >= 1132 && down <= 1232
}

// udtHandshake checks version 4, stream or datagram, a packet size and a connection type.
func udtHandshake(o *Observation) bool {
	p := o.Payload
	kind := int32(be32(p[36:]))
	return be32(p[16:]) == 4 && (be32(p[20:]) == 1 || be32(p[20:]) == 0) && be32(p[28:]) <= 65535 && kind >= -2 && kind <= 1
}
