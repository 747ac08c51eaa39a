package packet

import (
	"net"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
)

// Layers that the synthetic frames are made of, outermost first. The lengths and checksums
// are gopacket's; the octets of what it cannot write are given.

func ethernetOf(t layers.EthernetType) *layers.Ethernet {
	return &layers.Ethernet{SrcMAC: srcMAC[:], DstMAC: dstMAC[:], EthernetType: t}
}

func ipv4Of(p layers.IPProtocol, host byte) *layers.IPv4 {
	return &layers.IPv4{Version: 4, TTL: 64, Protocol: p, SrcIP: net.IP{10, 0, host, 1}, DstIP: net.IP{10, 0, host, 2}}
}

func ipv6Of(p layers.IPProtocol) *layers.IPv6 {
	return &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: p, SrcIP: net.ParseIP("2001:db8::1"), DstIP: net.ParseIP("2001:db8::2")}
}

// fragmentOffset makes ip a fragment that lies offset times 8 octets into its packet.
func fragmentOffset(ip *layers.IPv4, offset uint16, flags layers.IPv4Flag) *layers.IPv4 {
	ip.Id, ip.FragOffset, ip.Flags = 0x1234, offset, flags
	return ip
}

func udpOf(dst layers.UDPPort) *layers.UDP { return &layers.UDP{SrcPort: 49152, DstPort: dst} }

func tcpOf() *layers.TCP {
	return &layers.TCP{SrcPort: 1000, DstPort: 80, Seq: 0x01020304, Ack: 0x05060708, ACK: true, PSH: true, URG: true, CWR: true, Window: 512}
}

var (
	ethernet4, ethernet6 = layers.EthernetTypeIPv4, layers.EthernetTypeIPv6
	payload              = gopacket.Payload("twenty-four octets, yes!")
)

// synthetic are frames for the oracle, with the rule by which gopacket differs, if it does.
var synthetic = []struct {
	name   string
	layers []gopacket.SerializableLayer
	want   Outcome
	tunnel Tunnel
	rule   string
}{
	{"UDP", []gopacket.SerializableLayer{ethernetOf(ethernet4), ipv4Of(17, 0), udpOf(2000), payload}, OK, NoTunnel, ""},
	{"TCP", []gopacket.SerializableLayer{ethernetOf(ethernet6), ipv6Of(6), tcpOf(), payload}, OK, NoTunnel, ""},
	{"ICMP", []gopacket.SerializableLayer{ethernetOf(ethernet4), ipv4Of(1, 0),
		&layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(8, 0)}, payload}, ICMPMessage, NoTunnel, ""},
	{"SCTP", []gopacket.SerializableLayer{ethernetOf(ethernet4), ipv4Of(132, 0), &layers.SCTP{SrcPort: 1000, DstPort: 2000}}, OtherTransport, NoTunnel, ""},
	{"802.1ad", []gopacket.SerializableLayer{ethernetOf(layers.EthernetTypeQinQ), &layers.Dot1Q{VLANIdentifier: 200, Type: layers.EthernetTypeDot1Q},
		&layers.Dot1Q{VLANIdentifier: 100, Type: ethernet4}, ipv4Of(17, 0), udpOf(2000), payload}, OK, NoTunnel, ""},
	{"MPLS, IPv4", []gopacket.SerializableLayer{ethernetOf(layers.EthernetTypeMPLSUnicast), &layers.MPLS{Label: 16}, &layers.MPLS{Label: 17, StackBottom: true},
		ipv4Of(6, 0), tcpOf(), payload}, OK, NoTunnel, ""},
	{"MPLS, IPv6", []gopacket.SerializableLayer{ethernetOf(layers.EthernetTypeMPLSMulticast), &layers.MPLS{Label: 16, StackBottom: true},
		ipv6Of(17), udpOf(2000), payload}, OK, NoTunnel, ""},
	{"MPLS, Ethernet", []gopacket.SerializableLayer{ethernetOf(layers.EthernetTypeMPLSUnicast), &layers.MPLS{Label: 16, StackBottom: true},
		gopacket.Payload{0, 0, 0, 1}, ethernetOf(ethernet4), ipv4Of(17, 0), udpOf(2000), payload}, OK, NoTunnel, "gopacket does not undo pseudowires"},
	{"PPPoE", []gopacket.SerializableLayer{ethernetOf(layers.EthernetTypePPPoESession), &layers.PPPoE{Version: 1, Type: 1, SessionId: 7},
		&layers.PPP{PPPType: layers.PPPTypeIPv4}, ipv4Of(6, 0), tcpOf(), payload}, OK, NoTunnel, ""},
	{"IP in IP", []gopacket.SerializableLayer{ethernetOf(ethernet4), ipv4Of(4, 0), ipv4Of(17, 1), udpOf(2000), payload}, OK, IPIP, ""},
	{"6in4", []gopacket.SerializableLayer{ethernetOf(ethernet4), ipv4Of(41, 0), ipv6Of(6), tcpOf(), payload}, OK, SixInFour, ""},
	{"IPv4 in IPv6", []gopacket.SerializableLayer{ethernetOf(ethernet6), ipv6Of(4), ipv4Of(6, 1), tcpOf(), payload}, OK, IPIP, ""},
	{"GRE", []gopacket.SerializableLayer{ethernetOf(ethernet4), ipv4Of(47, 0), &layers.GRE{Protocol: ethernet6}, ipv6Of(17), udpOf(2000), payload}, OK, GRE, ""},
	{"GRE, all fields", []gopacket.SerializableLayer{ethernetOf(ethernet4), ipv4Of(47, 0),
		&layers.GRE{ChecksumPresent: true, KeyPresent: true, SeqPresent: true, Key: 7, Seq: 9, Protocol: ethernet4}, ipv4Of(6, 1), tcpOf(), payload}, OK, GRE, ""},
	{"GRE, Ethernet", []gopacket.SerializableLayer{ethernetOf(ethernet4), ipv4Of(47, 0),
		&layers.GRE{KeyPresent: true, Protocol: layers.EthernetTypeTransparentEthernetBridging}, ethernetOf(ethernet4), ipv4Of(6, 1), tcpOf(), payload}, OK, GRE, ""},
	{"PPTP", []gopacket.SerializableLayer{ethernetOf(ethernet4), ipv4Of(47, 0),
		&layers.GRE{KeyPresent: true, SeqPresent: true, AckPresent: true, Version: 1, Protocol: layers.EthernetTypePPP}, &layers.PPP{PPPType: layers.PPPTypeIPv4},
		ipv4Of(6, 1), tcpOf(), payload}, OK, GRE, ""},
	{"ERSPAN", []gopacket.SerializableLayer{ethernetOf(ethernet4), ipv4Of(47, 0), &layers.GRE{SeqPresent: true, Protocol: layers.EthernetTypeERSPAN},
		&layers.ERSPANII{Version: 1, SessionID: 5}, ethernetOf(ethernet4), ipv4Of(6, 1), tcpOf(), payload}, OK, ERSPAN, ""},
	{"VXLAN", []gopacket.SerializableLayer{ethernetOf(ethernet4), ipv4Of(17, 0), udpOf(4789), &layers.VXLAN{ValidIDFlag: true, VNI: 5000},
		ethernetOf(ethernet4), ipv4Of(6, 1), tcpOf(), payload}, OK, VXLAN, ""},
	{"VXLAN without a valid VNI", []gopacket.SerializableLayer{ethernetOf(ethernet4), ipv4Of(17, 0), udpOf(4789), &layers.VXLAN{VNI: 5000},
		ethernetOf(ethernet4), ipv4Of(6, 1), tcpOf(), payload}, OK, NoTunnel, "gopacket undoes a UDP tunnel by its port alone"},
	{"GENEVE", []gopacket.SerializableLayer{ethernetOf(ethernet4), ipv4Of(17, 0), udpOf(6081), gopacket.Payload{2, 0, 0x65, 0x58, 0, 0x13, 0x88, 0, 1, 2, 3, 1, 9, 9, 9, 9},
		ethernetOf(ethernet4), ipv4Of(6, 1), tcpOf(), payload}, OK, GENEVE, ""},
	{"GTP-U", []gopacket.SerializableLayer{ethernetOf(ethernet4), ipv4Of(17, 0), udpOf(2152), &layers.GTPv1U{Version: 1, MessageType: 255, MessageLength: 64, TEID: 7},
		ipv4Of(6, 1), tcpOf(), payload}, OK, GTPU, ""},
	{"GTP-U, extension header", []gopacket.SerializableLayer{ethernetOf(ethernet4), ipv4Of(17, 0), udpOf(2152),
		gopacket.Payload{0x34, 255, 0, 72, 0, 0, 0, 7, 0, 0, 0, 0x85, 1, 0x10, 1, 0}, ipv4Of(6, 1), tcpOf(), payload}, OK, GTPU, ""},
	{"Teredo", []gopacket.SerializableLayer{ethernetOf(ethernet4), ipv4Of(17, 0), udpOf(3544), ipv6Of(6), tcpOf(), payload}, OK, Teredo, "gopacket does not undo Teredo"},
	{"IPv4 first fragment", []gopacket.SerializableLayer{ethernetOf(ethernet4), fragmentOffset(ipv4Of(17, 0), 0, layers.IPv4MoreFragments),
		udpOf(2000), payload}, OK, NoTunnel, "gopacket reads no ports of fragments"},
	{"IPv4 later fragment", []gopacket.SerializableLayer{ethernetOf(ethernet4), fragmentOffset(ipv4Of(17, 0), 4, 0), payload}, OK, NoTunnel,
		"gopacket reads no ports of fragments"},
	{"IPv4 later fragment, first unknown", []gopacket.SerializableLayer{ethernetOf(ethernet4), fragmentOffset(ipv4Of(17, 9), 4, 0), payload}, LaterFragmentUnknown, NoTunnel,
		"gopacket reads no ports of fragments"},
	{"IPv6 first fragment", []gopacket.SerializableLayer{ethernetOf(ethernet6), ipv6Of(44), gopacket.Payload{17, 0, 0, 1, 1, 2, 3, 4}, udpOf(2000), payload}, OK, NoTunnel,
		"gopacket reads no ports of fragments"},
	{"IPv6 later fragment", []gopacket.SerializableLayer{ethernetOf(ethernet6), ipv6Of(44), gopacket.Payload{17, 0, 0, 32, 1, 2, 3, 4}, payload}, OK, NoTunnel,
		"gopacket reads no ports of fragments"},
	{"IPv6 destination options", []gopacket.SerializableLayer{ethernetOf(ethernet6), ipv6Of(60), gopacket.Payload{6, 0, 1, 4, 0, 0, 0, 0}, tcpOf(), payload}, OK, NoTunnel, ""},
	{"IPv6 hop-by-hop, padding", []gopacket.SerializableLayer{ethernetOf(ethernet6), ipv6Of(0), gopacket.Payload{17, 0, 1, 4, 0, 0, 0, 0}, udpOf(2000), payload}, OK, NoTunnel, ""},
	{"TCP header without room", []gopacket.SerializableLayer{ethernetOf(ethernet4), ipv4Of(6, 0), payload[:19]}, BadHeader, NoTunnel,
		"gopacket shows the headers of what it then refuses"},
	{"IPv4 under the EtherType of IPv6", []gopacket.SerializableLayer{ethernetOf(ethernet6), ipv4Of(17, 0), udpOf(2000), payload}, BadHeader, NoTunnel,
		"gopacket does not check the version"},
}

// TestOracleSynthetic compares with gopacket what the captures at hand may lack. The frames
// go through one Decoder, so that later fragments meet their first.
func TestOracleSynthetic(t *testing.T) {
	options := gopacket.SerializeOptions{FixLengths: true}
	d, used := NewDecoder(), map[string]bool{}
	for _, tt := range synthetic {
		t.Run(tt.name, func(t *testing.T) {
			buffer := gopacket.NewSerializeBuffer()
			if err := gopacket.SerializeLayers(buffer, options, tt.layers...); err != nil {
				t.Fatal(err)
			}
			frame := buffer.Bytes()
			var h Headers
			o := d.Decode(LinkEthernet, frame, len(frame), &h)
			checkInvariants(t, frame, o, &h)
			if o != tt.want || h.Tunnel != tt.tunnel {
				t.Fatalf("got outcome %q, tunnel %d, want %q, %d", o, h.Tunnel, tt.want, tt.tunnel)
			}
			v := oracle(LinkEthernet, frame)
			what, rule := disagreement(o, &h, &v), ""
			if what != "" {
				rule, _ = explain(o, &h, &v)
			}
			if rule != tt.rule || (what == "") != (tt.rule == "") {
				t.Errorf("got rule %q, want %q: %s", rule, tt.rule, what)
			}
			used[tt.rule] = true
		})
	}
	for _, r := range rules {
		if !used[r.name] {
			t.Errorf("no frame needs the rule %q", r.name)
		}
	}
}
